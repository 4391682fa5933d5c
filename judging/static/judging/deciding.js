/* The rows of a ballot: what is chosen, what follows from it, and which row the keys are about. */

import * as unsent from "./unsent.js";

export const deciding = (Base) =>
  class extends Base {
    get open() {
      return this.dataset.state === "open";
    }

    chosen(row) {
      return row.querySelector("[type=radio]:checked");
    }

    get complete() {
      return this.open && this.rows.every((row) => this.chosen(row));
    }

    activate(index) {
      this.active = Math.min(Math.max(index, 0), this.rows.length - 1);
      this.mark();
    }

    move(by) {
      this.activate(this.active + by);
      const row = this.rows[this.active];
      (this.chosen(row) ?? row.querySelector("[type=radio]")).focus({ preventScroll: true });
    }

    choose(value, every = false) {
      if (!this.open) return;
      const rows = every ? this.rows : [this.rows[this.active]];
      for (const row of rows) {
        const radio = row.querySelector(`[type=radio][value="${value}"]`);
        radio.checked = true;
        radio.focus({ preventScroll: true });
        this.changedBy(radio);
      }
      this.activate(every ? this.rows.length - 1 : this.active + 1);
    }

    /** Follow a choice: where the first two rows agree, the last one is filled in until it is touched. */
    changedBy(control) {
      const row = control.closest("[data-row]");
      if (row && control.type === "radio") {
        this.prefilled(row).value = "";
        this.prefill(row);
      }
      if (control.closest("[data-cast]")) unsent.draft.keep(this.dataset.person, this.dataset.ballot, this.verdicts());
      this.refresh();
    }

    prefilled(row) {
      return row.querySelector('[name^="prefilled-"]');
    }

    prefill(touched) {
      const named = (slug) => this.rows.find((row) => row.dataset.row === slug);
      const [said, voice, overall] = ["semantic", "paralinguistic", "overall"].map(named);
      if (this.dataset.prefill !== "on" || !said || !voice || !overall || touched === overall) return;
      const [one, other] = [this.chosen(said)?.value, this.chosen(voice)?.value];
      const free = !this.chosen(overall) || this.prefilled(overall).value === "1";
      if (!one || !other || !free) return;
      if (one === other) overall.querySelector(`[type=radio][value="${one}"]`).checked = true;
      else if (this.chosen(overall)) this.chosen(overall).checked = false;
      this.prefilled(overall).value = one === other ? "1" : "";
    }

    confidence(index) {
      const field = this.rows[index].querySelector('[name^="confidence-"]');
      field.value = ["", "1", "2", "3"][(Number(field.value || 0) + 1) % 4];
      this.activate(index);
      this.changedBy(field);
    }

    mark() {
      const words = this.dataset.wordConfidence.split("|");
      this.rows.forEach((row, index) => {
        row.toggleAttribute("data-active", index === this.active);
        const sure = row.querySelector('[name^="confidence-"]').value;
        row.querySelector("[data-confidence-now]").textContent = words[Number(sure || 0)];
      });
    }

    refresh() {
      this.castButton.setAttribute("aria-disabled", String(!this.complete));
      this.querySelector("[data-refusal]").textContent = "";
      if (this.complete) this.say("chosen");
      this.mark();
    }

    verdicts() {
      const own = /^(verdict|confidence|reasons|prefilled)-/;
      return [...new FormData(this.form)].filter(([name]) => own.test(name));
    }

    /** Choose again what was chosen before this page was left. */
    restore() {
      for (const [name, value] of unsent.draft.read(this.dataset.person, this.dataset.ballot) ?? []) {
        for (const field of this.form.querySelectorAll(`[name="${name}"]`)) {
          if (field.type === "hidden") field.value = value;
          else if (field.value === value) field.checked = true;
        }
      }
      this.mark();
    }
  };
