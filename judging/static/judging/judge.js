/* The ballot's page: whole clips first, one sound at a time, verdicts once all was heard. It holds no words. */

import { KEYS } from "./keys.js";
import { Player } from "./player.js";

const GAP_MS = 400;
const TICK_MS = 100;

/* It outlives the pairs, because screen readers follow only a region that was there before its words. */
const live = document.createElement("p");
live.className = "visually-hidden";
live.setAttribute("role", "status");
document.body.append(live);

class JudgeBallot extends HTMLElement {
  connectedCallback() {
    this.ends = new AbortController();
    this.queue = [];
    this.active = 0;
    this.rows = [...this.querySelectorAll("[data-row]")];
    this.castButton = this.querySelector("[data-cast-button]");
    this.listen();
    this.load();
  }

  disconnectedCallback() {
    this.ends.abort();
    clearInterval(this.ticking);
  }

  listen() {
    const { signal } = this.ends;
    const on = (target, event, act) => target.addEventListener(event, act, { signal });
    on(document, "keydown", (event) => this.press(event));
    on(this, "submit", (event) => this.submit(event));
    on(this, "click", (event) => this.click(event));
    on(this, "change", () => this.refresh());
    this.rows.forEach((row, index) => on(row, "pointerdown", () => (this.active = index)));
  }

  /* Loading */

  async load() {
    const { signal } = this.ends;
    const share = Number(this.dataset.gateShare);
    const changed = (player, event) => this.changed(player, event);
    const sections = [...this.querySelectorAll("[data-clip]")];
    this.players = sections.map((section) => new Player(section, { share, signal, changed }));
    const [prompt, left, right] = this.players;
    Object.assign(this, { prompt, left, right, current: prompt });
    this.dataset.state = "loading";
    this.querySelector("[data-retry]").hidden = true;
    let count = 0;
    const counted = (blob) => (this.say("loading", { count: ++count }), blob);
    this.say("loading", { count });
    try {
      const blobs = await Promise.all(this.players.map((player) => player.fetch(signal).then(counted)));
      await Promise.all(this.players.map((player, index) => player.take(blobs[index])));
    } catch {
      if (!signal.aborted) this.lost();
      return;
    }
    this.ready();
  }

  lost() {
    this.dataset.state = "lost";
    this.say("lost", {}, true);
    this.querySelector("[data-retry]").hidden = false;
  }

  ready() {
    this.dataset.state = "ready";
    for (const button of this.querySelectorAll("[data-play], [data-play-all]")) button.disabled = false;
    this.ticking = setInterval(() => this.tick(), TICK_MS);
    if (!this.contains(document.activeElement)) this.prompt.button.focus({ preventScroll: true });
    this.say("ready");
    live.textContent = `${this.querySelector("[data-saved]")?.textContent ?? ""} ${this.dataset.wordReady}`;
  }

  /* Listening */

  changed(player, event) {
    if (event === "play") {
      this.current = player;
      for (const other of this.players) if (other !== player) other.audio.pause();
    }
    if (event === "ended" && this.queue.length > 0) {
      const next = this.queue.shift();
      this.gap = setTimeout(() => next.play(), GAP_MS);
    }
  }

  tick() {
    for (const player of this.players) if (!player.audio.paused) player.tick();
    if (this.dataset.state === "ready" && this.players.every((player) => player.full)) {
      this.dataset.state = "open";
      for (const radio of this.querySelectorAll("[type=radio]")) radio.removeAttribute("aria-disabled");
      this.querySelector("[data-saved]")?.remove();
      this.say("heard", {}, true);
      this.refresh();
    }
  }

  alone() {
    clearTimeout(this.gap);
    this.queue = [];
  }

  toggle(player) {
    this.alone();
    player.toggle();
  }

  playAll() {
    this.alone();
    const answers = this.dataset.first === "left" ? [this.left, this.right] : [this.right, this.left];
    for (const player of this.players) (player.audio.pause(), player.seek(0));
    this.queue = answers;
    this.prompt.play();
  }

  restart() {
    this.alone();
    this.current.seek(0);
    this.current.play();
  }

  swapAnswers() {
    const other = { left: this.right, right: this.left }[this.current.section.dataset.clip];
    if (!other) return;
    this.alone();
    other.seek(this.current.audio.currentTime);
    if (this.current.audio.paused) this.current = other;
    else other.play();
  }

  /* Deciding: keys, clicks and assistive technology all come through here */

  get open() {
    return this.dataset.state === "open";
  }

  get complete() {
    return this.open && this.rows.every((row) => row.querySelector(":checked"));
  }

  choose(value) {
    if (!this.open) return;
    const row = this.rows[this.active];
    const radio = row.querySelector(`[value="${value}"]`);
    radio.checked = true;
    radio.focus({ preventScroll: true });
    this.active = Math.min(this.active + 1, this.rows.length - 1);
    this.refresh();
  }

  refresh() {
    this.castButton.setAttribute("aria-disabled", String(!this.complete));
    this.querySelector("[data-refusal]").textContent = "";
    if (this.complete) {
      this.say("chosen");
      this.castButton.scrollIntoView({ block: "nearest" });
    }
    this.rows.forEach((row, index) => row.toggleAttribute("data-active", index === this.active));
  }

  cast() {
    if (this.complete) this.querySelector("[data-cast]").requestSubmit(this.castButton);
  }

  async submit(event) {
    const form = event.target.closest("[data-send]");
    if (!form) return;
    event.preventDefault();
    if (this.sending || (form.hasAttribute("data-cast") && !this.complete)) return;
    this.sending = true;
    const body = new FormData(form);
    if (event.submitter?.name) body.set(event.submitter.name, event.submitter.value);
    try {
      const answer = await fetch(form.action, { method: "POST", body });
      await this.receive(answer);
    } catch {
      this.say("unsent", {}, true);
    } finally {
      this.sending = false;
    }
  }

  async receive(answer) {
    if (answer.status >= 500) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.status === 422) {
      this.querySelector("[data-refusal]").textContent = page.querySelector("[data-refusal]").textContent;
    } else if (answer.ok || answer.status === 409) {
      turnTo(page);
      if (answer.redirected) history.replaceState(null, "", new URL(answer.url).pathname);
    } else {
      location.assign(this.dataset.start);
    }
  }

  /* Controls */

  click(event) {
    const at = (selector) => event.target.closest(selector);
    const clip = at("[data-clip]");
    const player = clip && this.players.find(({ section }) => section === clip);
    if (at("[data-play]")) this.toggle(player);
    else if (at("[data-play-all]")) this.playAll();
    else if (at("[data-bar]") && this.dataset.state !== "loading") this.jump(player, event, at("[data-bar]"));
    else if (at("[data-open]")) this.dialog(at("[data-open]").dataset.open);
    else if (at("[data-retry]")) this.load();
    else if (at("[type=radio]") && !this.open) event.preventDefault();
  }

  jump(player, event, bar) {
    const box = bar.getBoundingClientRect();
    this.current = player;
    player.seek((player.audio.duration * (event.clientX - box.left)) / box.width);
  }

  dialog(name) {
    this.querySelector(`[data-dialog="${name}"]`).showModal();
  }

  say(word, values = {}, aloud = false) {
    const text = this.dataset[`word${word[0].toUpperCase()}${word.slice(1)}`];
    const filled = Object.entries(values).reduce((so, [name, value]) => so.replace(`{${name}}`, value), text);
    this.querySelector("[data-status]").textContent = filled;
    if (aloud) live.textContent = filled;
  }

  press(event) {
    const act = KEYS[event.key === "?" ? "?" : event.code];
    const shifted = event.shiftKey && event.key !== "?";
    if (!act || shifted || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (document.querySelector("dialog[open]") || event.target.matches("input:not([type=radio]), textarea")) return;
    const control = event.target.closest("button, a, summary, input");
    if (event.code === "Space" && control) return;
    if (event.code === "Enter" && control && control.type !== "radio") return;
    event.preventDefault();
    if (!event.repeat) act(this);
  }
}

/** Put another page in the place of this one, so that the script and its live region go on. */
function turnTo(page) {
  document.title = page.title;
  document.body.className = page.body.className;
  document.querySelector("main").replaceWith(page.querySelector("main"));
  scrollTo(0, 0);
  if (!document.querySelector("judge-ballot")) document.querySelector("main").focus();
}

customElements.define("judge-ballot", JudgeBallot);
