// What is selected in a narrative [data-told="id"] is collected by the button of the form with that id.

/** The words selected inside one narrative, and the narrative; nothing where it is not one. */
function chosen() {
  const selection = document.getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return {};
  const range = selection.getRangeAt(0);
  const holder = range.commonAncestorContainer;
  const element = holder.nodeType === Node.ELEMENT_NODE ? holder : holder.parentElement;
  return { told: element?.closest("[data-told]"), words: selection.toString().trim() };
}

document.addEventListener("selectionchange", () => {
  const { told, words } = chosen();
  for (const button of document.querySelectorAll("[data-collect]")) {
    const isMeant = Boolean(words) && told?.dataset.told === button.form.id;
    button.disabled = !isMeant;
    if (isMeant) button.form.elements.words.value = words;
  }
});

for (const button of document.querySelectorAll("[data-collect]")) {
  button.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the selection
}
