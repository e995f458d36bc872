// The coder's desk: keys, where the reader is after each answer, and answers the network lost.
import { makeCombobox } from "./categories.js";

const desk = document.getElementById("desk");
const fingers = matchMedia("(pointer: coarse)");

let combobox = null;
let unsent = null; // the form and button of an answer that did not arrive

const controls = () => document.getElementById("controls");
const press = (selector) => controls().querySelector(selector)?.click();

function showChosen(title) {
  const place = controls().querySelector("[data-chosen]");
  if (place) place.textContent = title;
}

function makeReady() {
  const pane = document.getElementById("choose");
  if (pane.hasAttribute("data-ready")) return;
  combobox = makeCombobox(pane);
  pane.addEventListener("category:chosen", (event) => showChosen(event.detail));
  pane.addEventListener("category:entered", () => press("[data-code]"));
}

// On a phone the keyboard would cover the narrative that is to be read first.
function start() {
  if (!fingers.matches && combobox && document.getElementById("answer")) {
    combobox.search.focus({ preventScroll: true });
  } else {
    document.querySelector(".moment-headline")?.focus({ preventScroll: true });
  }
  window.scrollTo({ top: 0 });
}

// -- Keys: Alt and a letter, by its place on the keyboard, so that no text field loses a letter --

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

const keys = {
  ArrowDown: () => moveWords(1),
  ArrowUp: () => moveWords(-1),
  KeyN: () => press("[data-put-aside]"),
  KeyX: openReasons,
  KeyZ: () => press("[data-take-back]"),
  KeyU: () => press('input[name="unsure"]'),
  KeyM: () => controls().querySelector("textarea")?.focus(),
  KeyP: () => press("[data-propose]"),
  KeyF: () => combobox?.search.focus(),
};

document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.getModifierState("AltGraph")) return;
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
    combobox?.search.focus();
  }
});

// -- After each answer ------------------------------------------------------------------------

// htmx takes new forms over when they have settled; a key may come before that.
document.addEventListener("htmx:oobAfterSwap", () => {
  window.htmx.process(controls());
  makeReady();
});

// Of all swaps of one answer only the moment's own comes with the request's target.
desk.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.elt.id !== "moment") return;
  const { successful } = event.detail;
  if (!successful) return showChosen(combobox?.chosenTitle() ?? "");
  combobox?.clear();
  start();
});

// -- An answer that did not arrive ---------------------------------------------------------------

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!desk.contains(event.detail.elt)) return;
  const button = event.detail.requestConfig.triggeringEvent?.submitter ?? null;
  unsent = { form: event.detail.elt, button, arrived: null };
});

function keep() {
  if (!unsent) return;
  unsent.arrived = false;
  const note = controls().querySelector("[data-unsaved]");
  note.hidden = false;
  note.querySelector("button").focus();
}

function tryAgain() {
  if (unsent?.arrived !== false || !unsent.form.isConnected) return;
  unsent.form.requestSubmit(unsent.button);
}

for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  desk.addEventListener(failure, () => setTimeout(keep)); // after its buttons are enabled again
}
desk.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.shouldSwap) unsent = null;
});
desk.addEventListener("click", (event) => {
  if (event.target.closest("[data-try-again]")) tryAgain();
});
window.addEventListener("online", tryAgain);
window.addEventListener("beforeunload", (event) => {
  if (unsent?.arrived === false) event.preventDefault();
});

makeReady();
start();
