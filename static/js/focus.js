// Where the reader is after a part of the page was replaced.
import { announce } from "./toasts.js";

const FIRST_ERROR = '[aria-invalid="true"], .is-invalid, [data-error-summary]';

const WRITING = "input:not([type=radio], [type=checkbox]), textarea, select";

// Whoever has begun to write in the new part, before it settled, is not interrupted.
function isWrittenIn(part) {
  return part.contains(document.activeElement) && document.activeElement.matches(WRITING);
}

function focusOn(element) {
  if (!element.matches("a[href], button, input, select, textarea, summary, [tabindex]")) {
    element.tabIndex = -1;
  }
  element.focus();
}

document.addEventListener("htmx:afterSettle", (event) => {
  const part = event.detail.elt;
  if (!(part instanceof HTMLElement)) return;

  const sentForm = event.detail.requestConfig?.verb === "post";
  const error = sentForm ? part.querySelector(FIRST_ERROR) : null;
  const wanted = error ?? (isWrittenIn(part) ? null : part.querySelector("[data-focus]"));
  if (wanted) focusOn(wanted);

  const spoken = part.matches("[data-announce]") ? part : part.querySelector("[data-announce]");
  if (spoken) announce(spoken.dataset.announce);
});

// What is opened to be written in is written in at once.
document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.open) target.querySelector("[data-focus-on-open]")?.focus();
  },
  true,
);

// A page that comes back with errors starts at the first of them.
document.addEventListener("DOMContentLoaded", () => {
  const error = document.querySelector(`main :is(${FIRST_ERROR})`);
  if (error) focusOn(error);
});
