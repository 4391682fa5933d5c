/* One clip of a ballot: fetched whole, played, and how much of it was really heard. */

const RATE = 24000;
const RETRY_AFTER_MS = [500, 2000, 5000];

const pause = (ms, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

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

/** Seconds that were really heard, as ranges without overlap. */
class Heard {
  ranges = [];

  add(from, to) {
    const apart = this.ranges.filter(([start, end]) => end < from || start > to);
    const touching = this.ranges.filter(([start, end]) => end >= from && start <= to).flat();
    this.ranges = [...apart, [Math.min(from, ...touching), Math.max(to, ...touching)]];
  }

  get seconds() {
    return this.ranges.reduce((sum, [start, end]) => sum + end - start, 0);
  }
}

/** A clip's sound, its button, its bar and the ring that fills while it is heard. */
export class Player {
  heard = new Heard();
  audio = new Audio();
  last = null;

  constructor(section, { share, signal, changed }) {
    Object.assign(this, { section, share, changed });
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

  async fetch(signal) {
    for (const delay of [...RETRY_AFTER_MS, null]) {
      try {
        const answer = await fetch(this.section.dataset.address, { signal });
        if (answer.ok) return await answer.blob();
      } catch (error) {
        if (signal.aborted) throw error;
      }
      if (delay !== null) await pause(delay, signal);
    }
    throw new Error(this.section.dataset.clip);
  }

  async take(blob) {
    const sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await blob.arrayBuffer());
    await new Promise((resolve, reject) => {
      this.audio.addEventListener("canplaythrough", resolve, { once: true });
      this.audio.addEventListener("error", reject, { once: true });
      this.audio.src = URL.createObjectURL(wav(sound.getChannelData(0)));
    });
  }

  get required() {
    return this.share * this.audio.duration;
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
      if (at - last.at <= (now - last.now) / 1000 + 0.25) this.heard.add(last.at, at);
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

