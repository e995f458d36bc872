// A long list to choose from becomes a field to type in; without this file it is a plain list.

const { TomSelect } = window; // loaded by the page before this module runs

for (const list of document.querySelectorAll("select[data-choose]")) {
  list.setAttribute("aria-label", list.labels[0]?.textContent.trim() ?? "");
  new TomSelect(list, {
    plugins: list.multiple ? ["remove_button"] : [],
    maxOptions: null,
    hidePlaceholder: true,
    onItemAdd() {
      this.setTextboxValue("");
      this.refreshOptions(list.multiple);
    },
  });
}
