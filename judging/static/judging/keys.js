/* Keys by their place on the keyboard; playing and deciding share none. This browser keeps what was chosen. */

const STEP_SECONDS = 2;
const KEYS = "arena-keys";
const SHORTCUTS = "arena-shortcuts";

const listening = (act) => (page) => page.listens && act(page);

/* What a key does goes through the same functions as the page's buttons. */
export const ACTIONS = {
  prompt: listening((page) => page.toggle(page.prompt)),
  first: listening((page) => page.toggle(page.left)),
  second: listening((page) => page.toggle(page.right)),
  all: listening((page) => page.playAll()),
  pause: listening((page) => page.toggle(page.current)),
  other: listening((page) => page.swapAnswers()),
  back: listening((page) => page.step(page.current, -STEP_SECONDS)),
  on: listening((page) => page.step(page.current, STEP_SECONDS)),
  restart: listening((page) => page.restart()),
  left: (page, every) => page.choose("left", every),
  right: (page, every) => page.choose("right", every),
  tie: (page, every) => page.choose("tie", every),
  bad: (page, every) => page.choose("both_bad", every),
  previous: (page) => page.move(-1),
  next: (page) => page.move(1),
  confidence: (page) => page.confidence(page.active),
  cast: (page) => page.cast(),
  undo: (page) => page.querySelector("[data-undo]")?.click(),
  report: (page) => page.dialog("report"),
  skip: (page) => page.dialog("skip"),
  text: (page) => page.querySelector(".transcript")?.toggleAttribute("open"),
  sheet: (page) => page.dialog("keys"),
};
export const VERDICTS = new Set(["left", "right", "tie", "bad"]);

export const SETS = {
  usual: {
    prompt: ["KeyP"],
    first: ["Digit1", "Numpad1"],
    second: ["Digit2", "Numpad2"],
    all: ["KeyG"],
    pause: ["Space"],
    other: ["Backquote"],
    back: ["Comma"],
    on: ["Period"],
    restart: ["KeyR"],
    left: ["ArrowLeft"],
    right: ["ArrowRight"],
    tie: ["ArrowDown", "KeyT"],
    bad: ["ArrowUp", "KeyX"],
    previous: ["BracketLeft"],
    next: ["BracketRight"],
    confidence: ["KeyC"],
    cast: ["Enter", "NumpadEnter"],
    undo: ["KeyU"],
    report: ["KeyF"],
    skip: ["KeyS"],
    text: ["KeyL"],
  },
  right: {
    prompt: ["KeyP"],
    first: ["KeyI"],
    second: ["KeyO"],
    all: ["KeyK"],
    pause: ["Space"],
    other: ["KeyL"],
    back: ["Comma"],
    on: ["Period"],
    restart: ["KeyM"],
    left: ["ArrowLeft"],
    right: ["ArrowRight"],
    tie: ["ArrowDown"],
    bad: ["ArrowUp"],
    previous: ["BracketLeft"],
    next: ["BracketRight"],
    confidence: ["Semicolon"],
    cast: ["Enter", "NumpadEnter"],
    undo: ["KeyU"],
    report: ["KeyY"],
    skip: ["KeyJ"],
    text: ["KeyN"],
  },
  left: {
    prompt: ["Digit3"],
    first: ["Digit1"],
    second: ["Digit2"],
    all: ["Digit4"],
    pause: ["Space"],
    other: ["Backquote"],
    back: ["KeyQ"],
    on: ["KeyW"],
    restart: ["KeyR"],
    left: ["KeyA"],
    right: ["KeyF"],
    tie: ["KeyS"],
    bad: ["KeyD"],
    previous: ["KeyE"],
    next: ["KeyT"],
    confidence: ["KeyC"],
    cast: ["KeyG"],
    undo: ["KeyZ"],
    report: ["KeyV"],
    skip: ["KeyX"],
    text: ["KeyB"],
  },
};

function kept(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

/** The codes of every action, as this browser keeps them. */
export const bindings = () => ({ ...SETS.usual, ...kept(KEYS) });
export const bind = (codes) => localStorage.setItem(KEYS, JSON.stringify(codes));
export const shortcuts = () => kept(SHORTCUTS) !== false;
export const setShortcuts = (on) => localStorage.setItem(SHORTCUTS, JSON.stringify(on));

/** Which action a key event stands for; the sheet goes by its sign, which lies elsewhere on every layout. */
export function actionOf(event) {
  if (event.key === "?") return "sheet";
  const found = Object.entries(bindings()).find(([, codes]) => codes.includes(event.code));
  return found?.[0];
}

const SIGNS = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Backquote: "`",
  Comma: ",",
  Period: ".",
  BracketLeft: "[",
  BracketRight: "]",
  Semicolon: ";",
};

/** Show each action's keys as they are labelled on the person's keyboard, where the browser tells. */
export async function label(root) {
  const layout = await navigator.keyboard?.getLayoutMap?.().catch(() => null);
  const name = (code) =>
    SIGNS[code] && !layout?.get(code)
      ? SIGNS[code]
      : (layout?.get(code)?.toUpperCase() ?? code.replace(/^(Key|Digit)/, ""));
  const codes = bindings();
  for (const shown of root.querySelectorAll("[data-key]")) {
    const some = codes[shown.dataset.key]?.filter((code) => !code.startsWith("Numpad"));
    if (some) shown.textContent = some.map(name).join(" ");
  }
  for (const control of root.querySelectorAll("[data-shortcut]")) {
    const first = codes[control.dataset.shortcut]?.[0];
    if (first && shortcuts()) control.setAttribute("aria-keyshortcuts", name(first));
    else control.removeAttribute("aria-keyshortcuts");
  }
}
