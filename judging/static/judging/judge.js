/* The ballot's page: whole clips first, one sound at a time, verdicts once all was heard. It holds no words. */

import { Beats } from "./heard.js";
import { ACTIONS, VERDICTS, actionOf, label, setShortcuts, shortcuts } from "./keys.js";
import { Player, clock, fetchAhead } from "./player.js";
import { sending } from "./sending.js";
import { deciding } from "./deciding.js";

const GAP_MS = 400;
const TICK_MS = 100;

/* It outlives the pairs, because screen readers follow only a region that was there before its words. */
const live = document.createElement("p");
live.className = "visually-hidden";
live.setAttribute("role", "status");
document.body.append(live);

/* Tabs of one browser tell each other who holds a pair. */
const tabs = new BroadcastChannel("arena-judging");

class JudgeBallot extends deciding(sending(HTMLElement)) {
  connectedCallback() {
    this.ends = new AbortController();
    this.queue = [];
    this.rows = [...this.querySelectorAll("[data-row]")];
    this.active = 0;
    this.form = this.querySelector("[data-cast]");
    this.castButton = this.querySelector("[data-cast-button]");
    this.began = performance.now();
    this.listen();
    label(this);
    this.restore();
    tabs.postMessage({ ballot: this.dataset.ballot, page: this.dataset.page });
    this.load();
  }

  disconnectedCallback() {
    this.ends.abort();
    clearInterval(this.ticking);
    clearTimeout(this.gap);
  }

  listen() {
    const { signal } = this.ends;
    const on = (target, event, act) => target.addEventListener(event, act, { signal });
    on(document, "keydown", (event) => this.press(event));
    on(this, "submit", (event) => this.submit(event));
    on(this, "click", (event) => this.click(event));
    on(this, "change", ({ target }) => {
      if (!target.matches("[data-shortcuts]")) return this.changedBy(target);
      setShortcuts(target.checked);
      label(this);
    });
    on(window, "online", () => this.sendKept());
    on(document, "visibilitychange", () => this.hidden());
    on(tabs, "message", ({ data }) => {
      if (data.ballot === this.dataset.ballot && data.page !== this.dataset.page) this.elsewhere();
    });
    this.rows.forEach((row, index) => on(row, "pointerdown", () => this.activate(index)));
  }

  /* Loading */

  async load() {
    const { signal } = this.ends;
    const { gateShare, gateLongAfter, gateLongShare } = this.dataset;
    const gate = { share: +gateShare, longAfter: +gateLongAfter, longShare: +gateLongShare };
    const changed = (player, event) => this.changed(player, event);
    const sections = [...this.querySelectorAll("[data-clip]")];
    this.players = sections.map((section) => new Player(section, { gate, signal, changed }));
    const [prompt, left, right] = this.players;
    Object.assign(this, { prompt, left, right, current: prompt });
    this.dataset.state = "loading";
    this.querySelector("[data-retry]").hidden = true;
    let count = 0;
    this.say("loading", { count });
    try {
      const blobs = await Promise.all(
        this.players.map(async (player) => {
          const blob = await player.load(signal).catch((error) => {
            throw Object.assign(new Error(error.message), { clip: player.clip, network: error instanceof TypeError });
          });
          this.say("loading", { count: ++count });
          return blob;
        }),
      );
      await Promise.all(this.players.map((player, index) => player.take(blobs[index])));
    } catch (error) {
      if (!signal.aborted) await this.lost(error);
      return;
    }
    this.ready();
  }

  /** A clip that does not play is reported and gives way; where the line fails, it is waited for. */
  async lost(error) {
    this.dataset.state = "lost";
    this.say("lost", {}, true);
    this.querySelector("[data-retry]").hidden = false;
    if (error.network || !error.clip || !navigator.onLine) return;
    const body = this.secret();
    body.set("kind", "clip_faulty");
    body.set("clip", error.clip);
    await this.go(this.dataset.reportAddress, body);
  }

  ready() {
    const { dataset, players } = this;
    dataset.state = "ready";
    for (const button of this.querySelectorAll("[data-play], [data-play-all], [data-step]")) button.disabled = false;
    this.ticking = setInterval(() => this.tick(), TICK_MS);
    this.beats = new Beats(this, {
      mark: dataset.page,
      address: dataset.heardAddress,
      players,
      token: this.token,
      refused: () => this.elsewhere(),
      signal: this.ends.signal,
    });
    if (!this.contains(document.activeElement)) this.prompt.button.focus({ preventScroll: true });
    this.say("ready");
    const before = this.querySelector("[data-saved], [data-notice]")?.textContent ?? "";
    live.textContent = `${before} ${dataset.wordReady}`;
    this.beats.send({ ready_ms: Math.round(performance.now() - this.began) });
    this.askAhead();
    this.sendKept();
    this.tick();
  }

  /** Have the next pair drawn, and fetch its clips meanwhile; where this fails, they are fetched in their turn. */
  async askAhead() {
    const { aheadAddress } = this.dataset;
    if (!aheadAddress) return;
    const answer = await fetch(aheadAddress, { method: "POST", body: this.secret() }).catch(() => null);
    if (answer?.ok) fetchAhead((await answer.json()).clips);
  }

  /* Listening */

  get listens() {
    return ["ready", "open"].includes(this.dataset.state);
  }

  changed(player, event) {
    if (event === "play") {
      this.current = player;
      player.starts += 1;
      player.order ||= 1 + this.players.filter(({ order }) => order > 0).length;
      for (const other of this.players) if (other !== player) other.audio.pause();
    }
    if (event === "pause") this.beats?.send();
    if (event === "ended" && this.queue.length > 0) {
      const next = this.queue.shift();
      this.gap = setTimeout(() => next.play(), GAP_MS);
    }
  }

  tick() {
    for (const player of this.players) if (!player.audio.paused) player.tick();
    if (this.dataset.state === "ready" && this.players.every((player) => player.full)) {
      this.dataset.state = "open";
      for (const radio of this.form.querySelectorAll("[type=radio]")) radio.removeAttribute("aria-disabled");
      this.querySelector("[data-saved]")?.remove();
      this.say("heard", {}, true);
      this.refresh();
    }
  }

  /* A locked phone pauses: nobody is there to hear it. */
  hidden() {
    if (document.hidden && matchMedia("(pointer: coarse)").matches) this.players.forEach(({ audio }) => audio.pause());
  }

  alone() {
    clearTimeout(this.gap);
    this.queue = [];
  }

  toggle(player) {
    this.alone();
    player.toggle();
  }

  step(player, seconds) {
    this.current = player;
    player.seek(player.audio.currentTime + seconds);
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
    const other = this.current === this.left ? this.right : this.left;
    const at = this.current === this.prompt ? 0 : this.current.audio.currentTime;
    this.alone();
    other.seek(at);
    other.play();
  }

  /* Controls */

  /** Another tab took this pair: nothing is lost, and nothing can be done here until it is taken back. */
  elsewhere() {
    this.players?.forEach((player) => player.audio.pause());
    this.dataset.state = "elsewhere";
    this.querySelector(".elsewhere").hidden = false;
    for (const control of this.querySelectorAll("[data-play], [data-play-all], [data-step]")) control.disabled = true;
    for (const radio of this.form.querySelectorAll("[type=radio]")) radio.setAttribute("aria-disabled", "true");
    this.castButton.setAttribute("aria-disabled", "true");
    this.say("elsewhere", {}, true);
  }

  click(event) {
    const at = (selector) => event.target.closest(selector);
    const clip = at("[data-clip]");
    const player = clip && this.players.find(({ section }) => section === clip);
    if (at("[data-play]")) this.toggle(player);
    else if (at("[data-play-all]")) this.playAll();
    else if (at("[data-step]")) this.step(player, Number(at("[data-step]").dataset.step));
    else if (at("[data-bar]") && this.listens) this.jump(player, event, at("[data-bar]"));
    else if (at("[data-open]")) this.dialog(at("[data-open]").dataset.open);
    else if (at("[data-confidence]")) this.confidence(this.rows.indexOf(at("[data-row]")));
    else if (at("[data-retry]")) this.load();
    else if (at("[data-row] [type=radio]") && !this.open) event.preventDefault();
  }

  jump(player, event, bar) {
    const box = bar.getBoundingClientRect();
    this.current = player;
    player.seek((player.audio.duration * (event.clientX - box.left)) / box.width);
  }

  dialog(name) {
    const dialog = this.querySelector(`[data-dialog="${name}"]`);
    if (!dialog) return;
    if (name === "report" && this.current?.audio.duration) {
      const at = this.current.audio.currentTime;
      dialog.querySelector("[name=clip]").value = this.current.clip;
      dialog.querySelector("[name=time_ms]").value = Math.round(at * 1000);
      dialog.querySelector("[data-report-time]").textContent = clock(at);
    }
    const box = dialog.querySelector("[data-shortcuts]");
    if (box) box.checked = shortcuts();
    dialog.showModal();
  }

  say(word, values = {}, aloud = false) {
    const text = this.dataset[`word${word[0].toUpperCase()}${word.slice(1)}`];
    const filled = Object.entries(values).reduce((so, [name, value]) => so.replace(`{${name}}`, value), text);
    this.querySelector("[data-status]").textContent = filled;
    if (aloud) live.textContent = filled;
  }

  press(event) {
    const action = shortcuts() || event.key === "?" ? actionOf(event) : null;
    if (!action || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.shiftKey && action !== "sheet" && !VERDICTS.has(action)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.target.matches("textarea, select, input:not([type=radio], [type=checkbox])")) return;
    const control = event.target.closest("button, a, summary, [type=checkbox]");
    if (["Space", "Enter", "NumpadEnter"].includes(event.code) && control) return;
    event.preventDefault();
    if (!event.repeat) ACTIONS[action](this, event.shiftKey);
  }
}

customElements.define("judge-ballot", JudgeBallot);
