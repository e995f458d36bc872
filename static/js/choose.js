// A long list to choose from becomes a field to type in; without this file it is a plain list.
// One with `data-choose-from` has only what is chosen: the rest is fetched when it is opened.
// Tom Select is there before this module runs, or comes when somebody turns to the lists: the page
// has it in a template.

import { showFailure } from "./failures.js";

/** What a list is made of, from rows of value, words and group. */
function listed(choices) {
  const groups = [...new Set(choices.map(([, , group]) => group))].filter(Boolean);
  return [
    choices.map(([value, text, optgroup]) => ({ value, text, optgroup })),
    groups.map((group) => ({ value: group, label: group })),
  ];
}

function fetched(source) {
  return {
    preload: "focus",
    loadThrottle: 0,
    lockOptgroupOrder: true,
    async load(typed, done) {
      if (typed) return done(); // all of it came at once
      try {
        const answer = await fetch(source, { headers: { accept: "application/json" } });
        if (!answer.ok) throw answer;
        done(...listed((await answer.json()).choices));
      } catch (failure) {
        done();
        showFailure(failure.status === 401 ? "401" : failure.status ? "server" : "network");
        this.wrapper.classList.remove("preloaded"); // asks again when it is opened again
      }
    },
  };
}

function choosable(list) {
  const { choose: nothing, chooseFrom: source } = list.dataset;
  const turnedTo = document.activeElement === list;
  list.setAttribute("aria-label", list.labels[0]?.textContent.trim() ?? "");
  const field = new window.TomSelect(list, {
    plugins: list.multiple ? ["remove_button"] : [],
    maxOptions: null,
    hidePlaceholder: true,
    refreshThrottle: 0, // Enter takes what fits what was typed, however quick
    allowEmptyOption: Boolean(source),
    render: {
      no_results: (_data, escape) => `<div class="no-results">${escape(nothing)}</div>`,
    },
    onItemAdd() {
      this.setTextboxValue("");
      this.refreshOptions(list.multiple);
    },
    ...(source ? fetched(source) : {}),
  });
  list.setAttribute("aria-hidden", "true"); // the field that stands for it is enough
  if (turnedTo) field.focus();
}

const lists = [...document.querySelectorAll("select[data-choose]")];
const later = document.querySelector("template[data-choose-later]");

let coming = false;

function bring() {
  if (coming) return;
  coming = true;
  const files = document.importNode(later.content, true);
  const script = files.querySelector("script");
  script.onload = () => lists.forEach(choosable);
  script.onerror = () => {
    coming = false; // the next sign tries again
    showFailure("network");
  };
  document.head.append(files);
}

if (!later) {
  lists.forEach(choosable);
} else {
  const around = lists[0]?.closest("details, form");
  for (const sign of ["pointerover", "focusin"]) around?.addEventListener(sign, bring);
}
