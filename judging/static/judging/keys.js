/* Keys by their place on the keyboard; playing and deciding share none. */

const STEP_SECONDS = 2;

const listening = (act) => (page) => ["ready", "open"].includes(page.dataset.state) && act(page);
const left = (page) => page.choose("left");
const tie = (page) => page.choose("tie");
const bad = (page) => page.choose("both_bad");
const right = (page) => page.choose("right");
const first = listening((page) => page.toggle(page.left));
const second = listening((page) => page.toggle(page.right));
const step = (seconds) => listening(({ current }) => current.seek(current.audio.currentTime + seconds));
const text = (page) => page.querySelector("details")?.toggleAttribute("open");

export const KEYS = {
  KeyP: listening((page) => page.toggle(page.prompt)),
  Digit1: first,
  Numpad1: first,
  Digit2: second,
  Numpad2: second,
  KeyG: listening((page) => page.playAll()),
  Space: listening((page) => page.toggle(page.current)),
  Backquote: listening((page) => page.swapAnswers()),
  Comma: step(-STEP_SECONDS),
  Period: step(STEP_SECONDS),
  KeyR: listening((page) => page.restart()),
  ArrowLeft: left,
  ArrowDown: tie,
  KeyT: tie,
  ArrowUp: bad,
  KeyX: bad,
  ArrowRight: right,
  Enter: (page) => page.cast(),
  NumpadEnter: (page) => page.cast(),
  KeyS: (page) => page.dialog("skip"),
  KeyL: text,
  "?": (page) => page.dialog("keys"),
};

