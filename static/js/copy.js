// A button with data-copy="id" copies what stands in the field with that id, and says so.
for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      return; // It is selected: the keyboard copies it.
    }
    button.lastChild.textContent = field.dataset.copiedWords;
    document.getElementById("announcer").textContent = field.dataset.copiedWords;
  });
}
