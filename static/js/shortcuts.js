// Ctrl+Enter (Cmd+Enter on a Mac) sends the form one is writing in.
// A form names its button with data-ctrl-enter; without one its first submit button is meant.
// Where a form has several parts, each a [data-part], the button of one's own part is pressed.

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
  const form = event.target.closest?.("form");
  const part = event.target.closest?.("[data-part]");
  if (!form || (form.hasAttribute("data-no-shortcut") && !part)) return;
  event.preventDefault();
  if (part) part.querySelector("[data-ctrl-enter]").click();
  else form.requestSubmit(form.querySelector("[data-ctrl-enter]"));
});
