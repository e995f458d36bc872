// Single keys for a desk where one decision follows another: [data-key] names its key.
// A button or link is pressed; a <details> opens and its first control takes the focus. While one
// is open its words are being written, and no key decides anything; Escape closes it.

const WRITING = "input:not([type=radio], [type=checkbox], [type=hidden]), textarea, select, [contenteditable]";

function take(element) {
  if (!(element instanceof HTMLDetailsElement)) {
    element.click();
    return;
  }
  element.open = true;
  element.querySelector("textarea, input:not([type=hidden]), select")?.focus();
}

document.addEventListener("keydown", (event) => {
  const open = document.querySelector("details[data-key][open]");
  if (event.key === "Escape" && open) open.open = false;
  if (open || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest?.(WRITING)) return;
  const element = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!element) return;
  event.preventDefault();
  take(element);
});
