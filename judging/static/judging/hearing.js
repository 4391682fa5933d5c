// One sound on demand: the passage by which the volume is set, and the intervals of the headphone check.

const VOLUME = "arena-volume";

class HearingSound extends HTMLElement {
  connectedCallback() {
    this.audio = new Audio(this.dataset.address);
    this.audio.preload = "auto";
    this.button = this.querySelector("[data-play]");
    this.word = this.button.querySelector("[data-word]");
    this.idle = this.word.textContent;
    this.choices = [...this.querySelectorAll("[data-choice]")];
    this.button.addEventListener("click", () => this.toggle());
    document.addEventListener("keydown", (event) => this.key(event));
    for (const name of ["play", "pause", "ended"]) this.audio.addEventListener(name, () => this.show());
    this.audio.addEventListener("error", () => this.lost());
    this.setVolume();
  }

  setVolume() {
    const slider = this.dataset.slider && this.querySelector(this.dataset.slider);
    const kept = Number(localStorage.getItem(VOLUME) ?? 1);
    this.audio.volume = Number.isFinite(kept) ? Math.min(Math.max(kept, 0), 1) : 1;
    if (!slider) return;
    slider.value = String(this.audio.volume);
    slider.addEventListener("input", () => {
      this.audio.volume = Number(slider.value);
      localStorage.setItem(VOLUME, slider.value);
    });
  }

  toggle() {
    if (this.audio.paused) {
      this.audio.currentTime = 0;
      this.audio.play().catch(() => this.lost());
    } else {
      this.audio.pause();
    }
  }

  show() {
    this.word.textContent = this.audio.paused ? this.idle : this.button.dataset.wordStop;
    this.mark();
  }

  // Marks the interval that sounds: the page is told their lengths, never which one is meant.
  mark() {
    const interval = Number(this.dataset.interval);
    const step = interval + Number(this.dataset.gap);
    const at = this.audio.currentTime;
    const sounding = this.audio.paused || at % step > interval ? -1 : Math.floor(at / step);
    this.choices.forEach((choice, number) => choice.classList.toggle("sounding", number === sounding));
    if (!this.audio.paused) requestAnimationFrame(() => this.mark());
  }

  lost() {
    const status = this.querySelector("[data-status]");
    status.textContent = status.dataset.wordLost;
  }

  key(event) {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("input, textarea, select")) return;
    if (event.code === "KeyP") this.toggle();
    const digit = /^(?:Digit|Numpad)([0-3])$/.exec(event.code);
    const choice = digit && this.querySelector(`[name="choice"][value="${digit[1]}"]`);
    if (choice) choice.click();
  }
}

customElements.define("hearing-sound", HearingSound);
