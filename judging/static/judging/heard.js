/* What this page played, told to the server while it plays: cumulative, so that a lost beat costs nothing. */

const EVERY_MS = 5000;

export const ms = (seconds) => Math.max(0, Math.round(seconds * 1000));

export class Beats {
  number = 0;
  hiddenMs = 0;
  sent = "";

  constructor(page, { mark, address, players, token, refused, signal }) {
    Object.assign(this, { page, mark, address, players, token, refused });
    this.began = performance.now();
    this.hiddenSince = document.hidden ? this.began : null;
    document.addEventListener("visibilitychange", () => this.look(), { signal });
    this.timer = setInterval(() => this.players.some(({ audio }) => !audio.paused) && this.send(), EVERY_MS);
    signal.addEventListener("abort", () => clearInterval(this.timer));
  }

  look() {
    const now = performance.now();
    if (this.hiddenSince !== null) this.hiddenMs += now - this.hiddenSince;
    this.hiddenSince = document.hidden ? now : null;
  }

  get activeMs() {
    this.look();
    return Math.round(performance.now() - this.began - this.hiddenMs);
  }

  /** The next beat as JSON. Clips come in the order prompt, left, right. */
  get beat() {
    this.look();
    const { players } = this;
    const all = (figure) => players.map(figure);
    return JSON.stringify({
      page: this.mark,
      number: ++this.number,
      ranges: Object.fromEntries(all(({ clip, own }) => [clip, own.ranges.map((range) => range.map(ms))])),
      played_ms: all(({ playedSeconds }) => ms(playedSeconds)),
      starts: all(({ starts }) => starts),
      seeks: all(({ seeks }) => seeks),
      first_order: all(({ order }) => order),
      hidden_ms: Math.round(this.hiddenMs),
      volume: Math.round(100 * Math.max(...all(({ audio }) => (audio.muted ? 0 : audio.volume)))),
    });
  }

  async send(extra = {}) {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", this.token);
    body.set("beat", this.beat);
    for (const [name, value] of Object.entries(extra)) body.set(name, value);
    try {
      const answer = await fetch(this.address, { method: "POST", body, keepalive: true });
      if (answer.status === 409) this.refused(answer);
    } catch {
      /* The next one says it all again. */
    }
  }
}
