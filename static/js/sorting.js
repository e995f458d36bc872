// The desk of one sorter: keys, and where the reader is after each step.
const desk = document.getElementById("sort-desk");
const fingers = matchMedia("(pointer: coarse)");

const press = (selector) => desk.querySelector(selector)?.click();

// On a phone the keyboard would cover the card that is to be read first.
function start() {
  const typed = document.getElementById("put-to");
  if (typed && !fingers.matches) typed.focus({ preventScroll: true });
  else if (typed) document.getElementById("card-name").focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.getModifierState("AltGraph")) return;
  if (event.altKey && event.code === "KeyZ") {
    event.preventDefault();
    if (!event.repeat) press("[data-undo]");
  } else if (event.target.id === "put-to" && !event.altKey) {
    const way = { ArrowDown: "[data-after]", ArrowUp: "[data-before]" }[event.key];
    if (!way) return;
    event.preventDefault();
    press(way);
  }
});

desk.addEventListener("htmx:afterSettle", start);
start();
