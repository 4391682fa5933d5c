/* Says at once which clips of a sample were played; the server counts for itself. */

const counter = document.getElementById("played");

for (const clip of document.querySelectorAll("audio[data-sample]")) {
  clip.addEventListener("playing", () => {
    const mark = clip.closest("tr").querySelector("[data-heard]");
    if (mark.hidden) {
      mark.hidden = false;
      counter.textContent = Number(counter.textContent) + 1;
    }
  });
}
