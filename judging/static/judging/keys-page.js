/* The keys page: change keys one by one, or take a ready set. */

import { SETS, bind, bindings, label, setShortcuts, shortcuts } from "./keys.js";

const NOT_KEYS = /^(Shift|Control|Alt|Meta|Tab|Escape|CapsLock)/;

class JudgeKeys extends HTMLElement {
  connectedCallback() {
    this.said = this.querySelector("[data-said]");
    const box = this.querySelector("[data-shortcuts]");
    box.checked = shortcuts();
    box.addEventListener("change", () => (setShortcuts(box.checked), this.say("kept"), label(this)));
    this.addEventListener("click", (event) => this.click(event));
    this.addEventListener("keydown", (event) => this.press(event));
    label(this);
  }

  click(event) {
    const { change, set } = event.target.closest("[data-change], [data-set]")?.dataset ?? {};
    if (set) {
      bind(SETS[set]);
      this.say("kept");
      label(this);
    } else if (change) {
      this.changing = change;
      this.say("press");
    }
  }

  press(event) {
    if (!this.changing || NOT_KEYS.test(event.code)) return;
    event.preventDefault();
    const codes = bindings();
    const taken = Object.keys(codes).find((action) => action !== this.changing && codes[action].includes(event.code));
    if (taken) {
      this.say("taken", this.querySelector(`[data-what="${taken}"]`).textContent.trim());
    } else {
      bind({ ...codes, [this.changing]: [event.code] });
      this.say("kept");
      label(this);
    }
    this.changing = null;
  }

  say(word, action = "") {
    this.said.textContent = this.dataset[`word${word[0].toUpperCase()}${word.slice(1)}`].replace("{action}", action);
  }
}

customElements.define("judge-keys", JudgeKeys);
