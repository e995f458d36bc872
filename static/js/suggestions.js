// What a classifier would say, as the coder's desk shows it: for the moment on the page, or, where
// it comes after the answer, for the one before. Each moment brings its suggestions in a template.

const strip = () => document.getElementById("suggested");
const offerOf = (section) => section.querySelector("template[data-offer]");

let last = null; // the suggestions for the moment before, while it may be changed from here

function fill(offer, words) {
  const place = strip();
  place.hidden = !offer;
  place.querySelector("[data-says]").textContent = words;
  const chips = offer ? [...offer.content.cloneNode(true).children] : [];
  place.querySelector("[data-chips]").replaceChildren(...chips);
  return chips;
}

/** Show what is suggested for the moment on the page; returns its token, empty where nothing is. */
export function showOffer(section) {
  const offer = offerOf(section);
  if (offer?.hasAttribute("data-at-once")) {
    last = null;
    fill(offer, strip().dataset.would);
    return offer.dataset.offer;
  }
  if (!last) fill(null, "");
  return "";
}

/** What is to be shown after an answer: where it is not the first of what is suggested. */
export function offerAfter(section, chosen) {
  const offer = offerOf(section);
  if (!offer || offer.hasAttribute("data-at-once")) return null;
  return offer.content.querySelector("[data-suggested]").value === chosen ? null : offer;
}

/** Offer another answer for the moment before; `change` is told its uid, title and token. */
export function showAfter(offer, title, change) {
  last = offer;
  const words = strip().dataset.yours.replace("%(answer)s", () => title);
  for (const chip of fill(offer, words)) {
    chip.type = "button";
    chip.removeAttribute("name");
    chip.addEventListener("click", () => {
      if (last !== offer) return;
      hideAfter();
      change(chip.value, chip.querySelector(".chip-label").textContent, offer.dataset.offer);
    });
  }
}

/** The moment before is no longer to be changed from here. */
export function hideAfter() {
  if (!last) return;
  last = null;
  fill(null, "");
}

/** The words of the first suggestion, to be said aloud. */
export function saidAfter(offer) {
  const first = offer.content.querySelector(".chip-label").textContent;
  return `${strip().dataset.would} ${first}.`;
}
