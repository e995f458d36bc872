// The keys of the coder's desk: Alt and a letter, by its place on the keyboard, so that no text
// field loses a letter.

const controls = () => document.getElementById("controls");

/** Press what a selector finds among the controls. */
export const press = (selector) => controls().querySelector(selector)?.click();

const pressSuggested = (letter) =>
  document.querySelector(`#suggested:not([hidden]) [data-suggested="${letter}"]`)?.click();

function openReasons() {
  const reasons = controls().querySelector("[data-reasons]");
  if (!reasons) return;
  reasons.open = true;
  reasons.querySelector("button").focus();
}

function moveWords(direction) {
  const words = document.querySelector("[data-words]");
  const scrolls = words && words.scrollHeight > words.clientHeight;
  (scrolls ? words : window).scrollBy({ top: direction * 160 });
}

/** Listen for the keys; `desk` has search(), which focuses it, and takeBack(). */
export function offerKeys(desk) {
  const keys = {
    ArrowDown: () => moveWords(1),
    ArrowUp: () => moveWords(-1),
    KeyA: () => press("[data-list-aside]"),
    KeyF: () => desk.search(),
    KeyG: () => press('input[name="flagged"]'),
    KeyJ: () => pressSuggested("J"),
    KeyK: () => pressSuggested("K"),
    KeyL: () => pressSuggested("L"),
    KeyM: () => controls().querySelector("textarea")?.focus(),
    KeyN: () => press("[data-put-aside]"),
    KeyP: () => press("[data-propose]"),
    KeyR: () => document.querySelector("[data-refused] [data-look]")?.click(),
    KeyU: () => press('input[name="unsure"]'),
    KeyX: openReasons,
    KeyZ: () => desk.takeBack(),
  };

  document.addEventListener("keydown", (event) => {
    const others = event.ctrlKey || event.metaKey || event.getModifierState("AltGraph");
    if (!event.altKey || others) return;
    const digit = event.code.match(/^(?:Digit|Numpad)([1-9])$/)?.[1];
    if (!digit && !keys[event.code]) return;
    event.preventDefault();
    if (event.repeat && !event.code.startsWith("Arrow")) return;
    if (digit) press(`[data-recent="${digit}"]`);
    else keys[event.code]();
  });

  // Arrows walk through the reasons; Escape leads back to the search.
  document.addEventListener("keydown", (event) => {
    const reasons = event.target.closest?.("[data-reasons]");
    if (!reasons || event.altKey) return;
    const buttons = [...reasons.querySelectorAll("button")];
    const at = buttons.indexOf(event.target);
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step && at >= 0) {
      event.preventDefault();
      buttons[(at + step + buttons.length) % buttons.length].focus();
    } else if (event.key === "Escape") {
      reasons.open = false;
      desk.search();
    }
  });
}
