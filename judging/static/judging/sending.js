/* Sending what was decided, and turning to what the site answers. */

import * as unsent from "./unsent.js";

/* What became of this pair without its judge's doing: another one comes at once, with a line that says why. */
const GIVE_WAY = new Set(["ballot_expired", "ballot_void"]);

/* What is lacking, or too much for one hour: nothing is lost, and the same page sends again. */
const STAYS = new Set([422, 429]);

async function send(address, body) {
  const answer = await fetch(address, { method: "POST", body });
  if (answer.status >= 500) throw new Error(String(answer.status));
  return answer;
}

/** Turn to the answer's page, or show on this one why it was refused. */
async function receive(page, answer) {
  const there = new DOMParser().parseFromString(await answer.text(), "text/html");
  const code = there.querySelector("[data-closed]")?.dataset.closed;
  if (STAYS.has(answer.status) && there.querySelector("[data-refusal]")) {
    refused(page, there.querySelector("[data-refusal]"));
  } else if (code === "opened_elsewhere") {
    page.elsewhere();
  } else if (GIVE_WAY.has(code)) {
    const form = page.querySelector("[data-onward]");
    form.elements.notice.value = code;
    await receive(page, await send(form.action, new FormData(form)));
  } else if (answer.ok || answer.status === 409 || answer.status === 422) {
    turnTo(there);
    if (answer.redirected) history.replaceState(null, "", new URL(answer.url).pathname);
  } else {
    location.assign(page.dataset.start);
  }
}

function refused(page, refusal) {
  const shown = page.querySelector("[data-refusal]");
  shown.textContent = refusal.textContent;
  if (refusal.dataset.code === "verdict_missing") {
    const row = page.rows.findIndex((each) => !page.chosen(each));
    if (row >= 0) page.move(row - page.active);
  }
}

/** Put another page in the place of this one, so that the script and its live region go on. */
function turnTo(there) {
  if (there.querySelector("judge-ballot") === null && there.querySelector("main") === null) return location.reload();
  document.title = there.title;
  document.body.className = there.body.className;
  document.querySelector("main").replaceWith(there.querySelector("main"));
  scrollTo(0, 0);
  if (!document.querySelector("judge-ballot")) {
    (document.querySelector("main [autofocus]") ?? document.querySelector("main")).focus();
  }
}

export const sending = (Base) =>
  class extends Base {
    get token() {
      return this.querySelector("[name=csrfmiddlewaretoken]").value;
    }

    secret() {
      const body = new FormData();
      body.set("csrfmiddlewaretoken", this.token);
      return body;
    }

    cast() {
      if (this.complete) this.form.requestSubmit(this.castButton);
    }

    async submit(event) {
      const form = event.target.closest("[data-send]");
      if (!form) return;
      event.preventDefault();
      const casts = form === this.form;
      if (casts && !this.complete) return;
      const body = new FormData(form);
      if (event.submitter?.name) body.set(event.submitter.name, event.submitter.value);
      if (casts) {
        this.players.forEach((player) => player.audio.pause());
        for (const [name, value] of this.listened()) body.set(name, value);
      }
      await this.go(form.action, body, { keep: casts });
    }

    listened() {
      const { beats, dataset } = this;
      return [
        ["beat", beats.beat],
        ["active_ms", beats.activeMs],
        ["build", dataset.build],
      ];
    }

    /** Send, and turn to what comes; a vote that cannot be sent is kept until the line is back. */
    async go(address, body, { keep = false } = {}) {
      if (this.sending) return;
      this.sending = true;
      try {
        await receive(this, await send(address, body));
        if (keep) unsent.draft.drop();
      } catch {
        if (keep) unsent.vote.keep(this.dataset.person, address, body);
        this.say("offline", {}, true);
        this.waiting(keep || Boolean(unsent.vote.read(this.dataset.person)));
      } finally {
        this.sending = false;
      }
    }

    async sendKept() {
      const kept = unsent.vote.read(this.dataset.person);
      this.waiting(Boolean(kept));
      if (!kept || this.sending) return;
      const body = new FormData();
      for (const [name, value] of kept.fields) body.append(name, value);
      body.set("csrfmiddlewaretoken", this.token);
      this.sending = true;
      try {
        const answer = await send(kept.address, body);
        unsent.vote.drop();
        this.waiting(false);
        await receive(this, answer);
      } catch {
        this.waiting(true);
      } finally {
        this.sending = false;
      }
    }

    waiting(is) {
      this.querySelector("[data-unsent]").textContent = is ? this.dataset.wordUnsent : "";
      clearTimeout(this.again);
      if (is) this.again = setTimeout(() => this.isConnected && this.sendKept(), 5000);
    }
  };
