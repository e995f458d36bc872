// A dashboard in full screen: one part at a time, by buttons and keys. Nothing moves on by itself.
// Without scripts all parts stand below each other.

const slides = [...document.querySelectorAll("[data-slide]")];
const place = document.getElementById("present-place");
const button = (name) => document.querySelector(`[data-present="${name}"]`);
const KEYS = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 };
const SCROLLED = '[role="region"][tabindex="0"], input, select, textarea';

let at = 0;

function show(wanted) {
  at = Math.min(Math.max(wanted, 0), slides.length - 1);
  slides.forEach((slide, number) => {
    slide.hidden = number !== at;
  });
  button("back").disabled = at <= 0;
  button("next").disabled = at >= slides.length - 1;
  place.textContent = place.dataset.words
    .replace("{at}", slides.length ? at + 1 : 0)
    .replace("{all}", slides.length);
  history.replaceState(null, "", `#${at + 1}`);
  window.scrollTo(0, 0);
}

button("back").addEventListener("click", () => show(at - 1));
button("next").addEventListener("click", () => show(at + 1));

const full = button("full");
full.hidden = !document.fullscreenEnabled;
full.addEventListener("click", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.key === "Escape" && !document.fullscreenElement) button("leave").click();
  if (!(event.key in KEYS) || event.target.closest?.(SCROLLED)) return;
  event.preventDefault();
  show(at + KEYS[event.key]);
});

const named = slides.findIndex((slide) => slide.id && `#${slide.id}` === location.hash);
show(named >= 0 ? named : (Number.parseInt(location.hash.slice(1), 10) || 1) - 1);
