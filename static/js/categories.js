// The list of categories as a combobox: type to find, ↓ and ↑ to move. Without this file it is a
// list of radio buttons, each with its definition, and stays one.
import { find, fold, near } from "./matching.js";

const PAGE = 8;

const words = (element, selector) => element.querySelector(selector)?.textContent.trim() ?? "";

function readEntry(item, order) {
  const more = item.querySelector(".definition");
  return {
    item,
    order,
    uid: item.dataset.uid,
    title: words(item, "[data-name]"),
    definition: more,
    coarser: item.hasAttribute("data-coarser"),
    name: fold(words(item, "[data-name]")),
    code: fold(words(item, ".choose-code")),
    label: fold(item.dataset.label),
    path: fold(words(item, ".choose-path")),
    text: fold(more?.textContent ?? "").replace(/\s+/g, " "),
  };
}

// A radio button and a <details> may not stand inside an option.
function makeOption(item) {
  item.querySelector("input").remove();
  item.querySelector("details").remove();
  const label = item.querySelector("label");
  const name = document.createElement("span");
  name.className = label.className;
  name.append(...label.childNodes);
  label.replaceWith(name);
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
}

/** Turn the list in `pane` into a combobox; returns it, or null where there is nothing to choose. */
export function makeCombobox(pane) {
  const list = pane.querySelector("ul");
  const entries = [...list.querySelectorAll("[data-uid]")].map(readEntry);
  if (!entries.length) return null;
  const search = pane.querySelector("#category-search");
  const count = pane.querySelector("#category-count");
  const shownDefinition = pane.querySelector("[data-definition]");
  const hint = pane.querySelector("[data-hint]");
  const answer = document.createElement("input");
  Object.assign(answer, { type: "hidden", name: "category" });
  answer.setAttribute("form", "answer");
  pane.append(answer);

  let shown = entries;
  let moved = []; // entries that stand before all others
  let chosen = null;

  function choose(entry, { scroll = true } = {}) {
    chosen?.item.setAttribute("aria-selected", "false");
    chosen = entry;
    answer.value = entry?.uid ?? "";
    hint.hidden = Boolean(entry);
    shownDefinition.replaceChildren(...(entry?.definition ? [entry.definition] : []));
    shownDefinition.parentElement.scrollTop = 0;
    if (entry) {
      entry.item.setAttribute("aria-selected", "true");
      search.setAttribute("aria-activedescendant", entry.item.id);
      if (scroll) entry.item.scrollIntoView({ block: "nearest" });
    } else {
      search.removeAttribute("aria-activedescendant");
    }
    pane.dispatchEvent(new CustomEvent("category:chosen", { detail: entry?.title ?? "" }));
  }

  // Of four hundred only those that change places are moved: moving takes the browser time.
  function bringForward(found) {
    const home = [...moved].sort((one, other) => other.order - one.order);
    for (const { item, order } of home) list.insertBefore(item, entries[order + 1]?.item ?? null);
    list.prepend(...found.map((entry) => entry.item));
    moved = found;
  }

  function show(found, { isNear = false } = {}) {
    shown = found;
    const kept = new Set(found);
    for (const entry of entries) {
      if (entry.item.hidden === kept.has(entry)) entry.item.hidden = !kept.has(entry);
    }
    bringForward(found === entries ? [] : found);
    list.scrollTop = 0;
    const { count: some, none, near: close } = pane.dataset;
    const number = some.replace("%(shown)s", found.length).replace("%(all)s", entries.length);
    if (isNear) count.textContent = close;
    else count.textContent = found.length ? number : none;
  }

  function move(steps) {
    if (!shown.length) return;
    const at = shown.indexOf(chosen);
    if (at < 0) return choose(steps > 0 ? shown[0] : shown.at(-1));
    choose(shown[Math.min(shown.length - 1, Math.max(0, at + steps))]);
  }

  function clear() {
    search.value = "";
    if (shown !== entries) show(entries);
    choose(null);
  }

  const keys = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    PageDown: () => move(PAGE),
    PageUp: () => move(-PAGE),
    Escape: clear,
  };

  search.addEventListener("input", () => {
    if (!search.value.trim()) return clear();
    const found = find(entries, search.value);
    const close = found.length ? [] : near(entries, search.value);
    show(found.length ? found : close, { isNear: close.length > 0 });
    choose(shown[0] ?? null);
  });
  search.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      if (chosen) pane.dispatchEvent(new CustomEvent("category:entered"));
    } else if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the search keeps focus
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) choose(entries.find((entry) => entry.item === item), { scroll: false });
  });
  list.addEventListener("dblclick", () => {
    if (chosen) pane.dispatchEvent(new CustomEvent("category:entered"));
  });

  for (const entry of entries) makeOption(entry.item);
  list.setAttribute("role", "listbox");
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-controls": list.id,
    "aria-expanded": "true",
    "aria-autocomplete": "list",
  })) {
    search.setAttribute(name, value);
  }
  pane.dataset.ready = "";
  show(entries);
  choose(null);
  return {
    search,
    clear,
    choose: (uid) => choose(entries.find((entry) => entry.uid === uid) ?? null),
    chosenTitle: () => chosen?.title ?? "",
    chosenUid: () => chosen?.uid ?? "",
  };
}
