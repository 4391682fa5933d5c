/** Keeps a part of the page as it is on the server: fetched anew every `data-seconds` while somebody looks. */
class LivePart extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.refresh(), 1000 * Number(this.dataset.seconds));
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  async refresh() {
    if (document.hidden) return;
    try {
      const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(this.id);
      if (fresh && fresh.innerHTML !== this.innerHTML) this.replaceChildren(...fresh.childNodes);
    } catch {
      // The line is away; the next time asks again.
    }
  }
}

customElements.define("live-part", LivePart);
