// Ctrl+Enter (Cmd+Enter on a Mac) sends the form one is writing in.
// A form names its button with data-ctrl-enter; without one its first submit button is meant.

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
  const form = event.target.closest?.("form");
  if (!form || form.hasAttribute("data-no-shortcut")) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[data-ctrl-enter]"));
});
