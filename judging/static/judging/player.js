/* One clip of a ballot: fetched whole, played, and how much of it was really heard. */

const RATE = 24000;
const RETRY_AFTER_MS = [500, 2000, 5000];

const pause = (ms, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });

export const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/* Played as WAV: in a FLAC of about a second, Chromium 156 begins a seek and never ends it. */
function wav(samples) {
  const pcm = Int16Array.from(samples, (value) => Math.max(-32768, Math.min(32767, Math.round(value * 32768))));
  const head = new DataView(new ArrayBuffer(44));
  const text = (at, word) => [...word].forEach((letter, index) => head.setUint8(at + index, letter.charCodeAt(0)));
  text(0, "RIFF");
  head.setUint32(4, 36 + pcm.byteLength, true);
  text(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true);
  head.setUint16(22, 1, true);
  head.setUint32(24, RATE, true);
  head.setUint32(28, 2 * RATE, true);
  head.setUint16(32, 2, true);
  head.setUint16(34, 16, true);
  text(36, "data");
  head.setUint32(40, pcm.byteLength, true);
  return new Blob([head, pcm], { type: "audio/wav" });
}

/** Seconds that were really heard, as ordered ranges without overlap. */
class Heard {
  ranges = [];

  constructor(ranges = []) {
    for (const [from, to] of ranges) this.add(from, to);
  }

  add(from, to) {
    const apart = this.ranges.filter(([start, end]) => end < from || start > to);
    const touching = this.ranges.filter(([start, end]) => end >= from && start <= to).flat();
    this.ranges = [...apart, [Math.min(from, ...touching), Math.max(to, ...touching)]].sort(([a], [b]) => a - b);
  }

  get seconds() {
    return this.ranges.reduce((sum, [start, end]) => sum + end - start, 0);
  }
}

/* Clips that were fetched ahead, by address. */
const ahead = new Map();

async function blobOf(address, signal) {
  const answer = await fetch(address, { signal });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.blob();
}

/** Fetch the next pair's clips, once this one's are there; what fails is fetched again in its turn. */
export function fetchAhead(addresses) {
  ahead.clear();
  for (const address of addresses) {
    const coming = blobOf(address);
    coming.catch(() => ahead.delete(address));
    ahead.set(address, coming);
  }
}

/** A clip's sound, its button, its bar and the ring that fills while it is heard. */
export class Player {
  audio = new Audio();
  last = null;
  starts = 0;
  seeks = 0;
  order = 0;
  playedSeconds = 0;

  constructor(section, { gate, signal, changed }) {
    Object.assign(this, { section, gate, changed, clip: section.dataset.clip });
    /* `heard` is what all pages of this pair heard, `own` is this page's part. */
    this.heard = new Heard(JSON.parse(section.dataset.heard).map((range) => range.map((at) => at / 1000)));
    this.own = new Heard();
    this.button = section.querySelector("[data-play]");
    this.time = section.querySelector("[data-time]");
    this.audio.preload = "auto";
    for (const event of ["play", "pause", "ended"]) {
      this.audio.addEventListener(event, () => (this.tick(), this.label(), changed(this, event)), { signal });
    }
    signal.addEventListener("abort", () => {
      this.audio.pause();
      URL.revokeObjectURL(this.audio.src);
    });
  }

  /** Fetch and decode the clip, up to four times. Throws what failed last. */
  async load(signal) {
    const { address } = this.section.dataset;
    for (const delay of [...RETRY_AFTER_MS, null]) {
      try {
        const blob = await (ahead.get(address) ?? blobOf(address, signal));
        ahead.delete(address);
        return await decode(blob);
      } catch (error) {
        ahead.delete(address);
        if (signal.aborted || delay === null) throw error;
      }
      await pause(delay, signal);
    }
  }

  async take(blob) {
    await new Promise((resolve, reject) => {
      this.audio.addEventListener("canplaythrough", resolve, { once: true });
      this.audio.addEventListener("error", reject, { once: true });
      this.audio.src = URL.createObjectURL(blob);
    });
    this.paint();
  }

  get required() {
    const { share, longAfter, longShare } = this.gate;
    const { duration } = this.audio;
    return share * Math.min(duration, longAfter) + longShare * Math.max(duration - longAfter, 0);
  }

  get full() {
    return this.heard.seconds >= this.required - 0.001;
  }

  play() {
    this.audio.play().catch(() => this.label());
  }

  toggle() {
    if (this.audio.paused) this.play();
    else this.audio.pause();
  }

  seek(seconds) {
    this.tick();
    this.seeks += 1;
    this.audio.currentTime = Math.min(Math.max(seconds, 0), this.audio.duration);
    this.last = null;
    this.paint();
  }

  /* What lies between two looks was heard, unless the sound jumped, was muted or ran at another speed. */
  tick() {
    const { audio, last } = this;
    const at = audio.currentTime;
    const now = performance.now();
    const sounding = !audio.muted && audio.volume > 0 && audio.playbackRate === 1;
    if (last !== null && sounding && !audio.seeking && at > last.at) {
      if (at - last.at <= (now - last.now) / 1000 + 0.25) {
        this.heard.add(last.at, at);
        this.own.add(last.at, at);
        this.playedSeconds += at - last.at;
      }
    }
    this.last = audio.paused ? null : { at, now };
    this.paint();
  }

  paint() {
    const { audio, section } = this;
    const ratio = (part, whole) => String(whole > 0 ? Math.min(part / whole, 1) : 0);
    section.style.setProperty("--heard", ratio(this.heard.seconds, this.required));
    section.style.setProperty("--played", ratio(audio.currentTime, audio.duration));
    const total = section.toggleAttribute("data-full", this.full) ? ` / ${clock(audio.duration)}` : "";
    this.time.textContent = clock(audio.currentTime) + total;
  }

  label() {
    const word = this.audio.paused ? "wordPlay" : "wordPause";
    this.section.toggleAttribute("data-playing", !this.audio.paused);
    this.button.setAttribute("aria-label", this.section.dataset[word]);
  }
}

async function decode(blob) {
  const bytes = await blob.arrayBuffer();
  const sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes);
  return wav(sound.getChannelData(0));
}
