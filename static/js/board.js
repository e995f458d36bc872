// The board of a scheme. Everything it does is a form that also stands alone: links marked
// data-dialog open in the dialog, a drop opens (or sends) the form for placing or merging, and what
// is ticked is sent to the same two forms. The board is fetched anew when the scheme has changed;
// what was open, ticked, folded and in focus stays so.

const EVERY = 4000; // milliseconds between two looks at what others changed
const ASK = "candid-board-ask";
const UNDO = "form.undo:not([data-again]) button";
const FIRST = "[data-focus], select, input:not([type=hidden]), textarea, a[href], button";

const board = () => document.getElementById("board");
const dialog = document.getElementById("board-dialog");
const dialogBody = document.getElementById("board-dialog-body");
const acts = document.getElementById("board-acts");
const find = document.getElementById("board-find");
const unbatched = document.getElementById("board-unbatched");
const ask = document.getElementById("board-ask");
const fold = document.getElementById("board-fold");

const all = (selector, root = board()) => [...root.querySelectorAll(selector)];
const boxes = () => all('input[name="category"]');
const ticked = () => boxes().filter((box) => box.checked).map((box) => box.value);
const uidOf = (element) => element.closest("[data-card]")?.dataset.card;

// -- Fetching the board anew -------------------------------------------------------------------

let kept = null;

/** Where to look for what has the focus: itself, else what it stood in, from inside outwards. */
function placesOfFocus() {
  const control = document.activeElement;
  if (!board().contains(control)) return [];
  const again = control.closest("form.undo");
  if (again) return [again.matches("[data-again]") ? "[data-again] button" : UNDO, ".board-rounds"];
  const [card, group, round] = ["card", "group", "round"].map((kind) => {
    const part = control.closest(`[data-${kind}]`);
    return part && `[data-${kind}="${part.dataset[kind]}"]`;
  });
  const places = [card, group && `${round} ${group}`, round].filter(Boolean);
  const href = control.getAttribute("href");
  const itself = href ? `a[href="${href}"]` : control.localName;
  const around = places.map((place) => `${place} :is(summary, a[href])`);
  return [...places.slice(0, 1).map((place) => `${place} ${itself}`), ...around, ".board-rounds"];
}

/** Focus the first of these that is there and can be. */
function focusOnOneOf(places) {
  for (const place of places) {
    document.querySelector(`#board ${place}`)?.focus();
    if (board().contains(document.activeElement)) return;
  }
}

function keep() {
  const rounds = board().querySelector(".board-rounds");
  kept = {
    ticked: new Set(ticked()),
    open: new Set(all(".board-card details[open]").map(uidOf)),
    folded: new Set(all(".board-group:not([open])").map(nameOfGroup)),
    left: rounds?.scrollLeft ?? 0,
    tops: new Map(all("[data-round]").map((round) => [round.dataset.round, round.scrollTop])),
    focus: placesOfFocus(),
  };
}

const nameOfGroup = (group) => `${group.closest("[data-round]").dataset.round}/${group.dataset.group}`;

function restore() {
  for (const box of boxes()) box.checked = kept.ticked.has(box.value);
  for (const details of all(".board-card details")) details.open = kept.open.has(uidOf(details));
  for (const group of all(".board-group")) group.open = !kept.folded.has(nameOfGroup(group));
  const rounds = board().querySelector(".board-rounds");
  if (rounds) rounds.scrollLeft = kept.left;
  for (const round of all("[data-round]")) round.scrollTop = kept.tops.get(round.dataset.round) ?? 0;
  focusOnOneOf(kept.focus);
  filter();
  count();
}

// Requests of one source wait for each other, and of those that wait htmx keeps the last alone;
// so each names a source of its own.
let fresh = Promise.resolve(); // when the board that was last asked for is there

function refresh() {
  fresh = fresh.then(fetchBoard).catch(() => {});
}

function fetchBoard() {
  const { board: address, revision } = board().dataset;
  const how = { source: board(), target: board(), swap: "outerHTML" };
  return window.htmx.ajax("GET", `${address}?since=${revision}`, how);
}

let pressed = false; // on a card, which may become a drag
let dragged = [];
let missed = false; // whether the board was not replaced because a card of it is held

const isHeld = () => pressed || dragged.length > 0;

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "board" || !event.detail.shouldSwap) return;
  missed = isHeld();
  event.detail.shouldSwap = !missed;
  if (!missed) keep();
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.elt.id !== "board" || !kept) return;
  makeDraggable();
  restore();
  kept = null;
});

setInterval(() => {
  if (document.hidden || dialog?.open || isHeld() || board().matches(".htmx-request")) return;
  refresh();
}, EVERY);

// A card that is opened gets its words, which stand behind the one link that it has at first.
document.addEventListener(
  "toggle",
  ({ target }) => {
    const link = target.open && target.querySelector(".scheme-category-body > a:only-child");
    const how = { source: link, target: link?.parentElement, swap: "innerHTML" };
    if (link) window.htmx.ajax("GET", link.href, how);
  },
  true,
);

// -- Finding -----------------------------------------------------------------------------------

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

const isBatched = (group) => group.dataset.group !== "";

/** Whether categories of the next finer round are still to be batched into this one. */
function waitsFor(column) {
  const columns = all("[data-round]");
  const finer = columns[columns.indexOf(column) + 1];
  return Boolean(finer?.querySelector('.board-group[data-group=""] .board-card'));
}

/** Show what is found; of what is batched only the categories that others are to stand under. */
function filter() {
  if (!find) return;
  const wanted = plain(find.value.trim());
  let found = 0;
  for (const group of all(".board-group")) {
    const left = !unbatched.checked || !isBatched(group) || waitsFor(group.closest("[data-round]"));
    let here = 0;
    for (const card of all(".board-card", group)) {
      const words = plain(card.querySelector(".row-title").textContent);
      card.hidden = !words.includes(wanted) || !left;
      here += !card.hidden;
    }
    group.hidden = here === 0 && (wanted !== "" || !left);
    found += here;
  }
  const allBatched = unbatched.checked && !all("[data-round]").some(waitsFor);
  document.getElementById("board-all-batched").hidden = !allBatched;
  document.getElementById("board-nothing").hidden = found > 0 || !wanted || allBatched;
}

find?.addEventListener("input", filter);
find?.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown") return;
  event.preventDefault();
  all(".board-group[open] .board-card:not([hidden]) summary")[0]?.focus();
});
unbatched?.addEventListener("change", filter);

fold?.addEventListener("click", () => {
  const folded = fold.textContent === fold.dataset.fold;
  fold.textContent = folded ? fold.dataset.unfold : fold.dataset.fold;
  for (const group of all(".board-group")) group.open = !folded;
});

// -- Ticking -----------------------------------------------------------------------------------

function count() {
  if (!acts) return;
  const number = ticked().length;
  document.getElementById("board-count").textContent = number;
  acts.classList.toggle("has-ticked", number > 0);
}

let lastTicked = ""; // a value: the box itself goes when the board is fetched anew

document.addEventListener("click", (event) => {
  const box = event.target;
  if (!(box instanceof HTMLInputElement) || box.name !== "category") return;
  const column = box.closest("[data-round]");
  for (const other of boxes()) {
    if (other.checked && other.closest("[data-round]") !== column) other.checked = false; // of one round
  }
  const shown = all('.board-card:not([hidden]) input[name="category"]', column);
  const last = shown.findIndex((other) => other.value === lastTicked);
  if (event.shiftKey && last >= 0) {
    const [first, end] = [last, shown.indexOf(box)].sort((a, b) => a - b);
    for (const between of shown.slice(first, end + 1)) between.checked = box.checked;
  }
  lastTicked = box.value;
  count();
});

acts?.addEventListener("reset", () => setTimeout(count));

acts?.addEventListener("submit", (event) => {
  event.preventDefault();
  openForm(addressOf(event.submitter.dataset.act), ticked());
});

// -- The dialog --------------------------------------------------------------------------------

/** Open a form when all is sent; one about categories is asked by POST, for they may be many. */
async function openForm(address, categories = [], further = {}) {
  await line;
  await fresh;
  const how = { source: dialogBody, target: dialogBody, swap: "innerHTML" };
  if (categories.length) how.values = { ...further, category: categories, ask: "1" };
  dialogBody.replaceChildren(document.getElementById("board-dialog-waits").content.cloneNode(true));
  if (!dialog.open) dialog.showModal();
  await window.htmx.ajax(categories.length ? "POST" : "GET", address, how).catch(() => {});
  if (dialogBody.querySelector(".skeleton")) dialog.close(); // a message says what went wrong
  else dialogBody.querySelector(FIRST)?.focus();
}

// Who leaves while a form is fetched does not want it any more.
dialog?.addEventListener("close", () => window.htmx.trigger(dialogBody, "htmx:abort"));

// What changes the scheme is sent one after the other: each to the board that the one before has
// left, and none while a form is open, which may be that of one that was refused.
let line = Promise.resolve();
let sending = 0;

function inTurn(step) {
  sending += 1;
  const done = () => (sending -= 1);
  line = line.then(closed).then(() => fresh).then(step).then(done, done);
}

const closed = () =>
  dialog.open && new Promise((go) => dialog.addEventListener("close", go, { once: true }));

const send = (address, values) =>
  window.htmx.ajax("POST", address, { source: dialog, target: dialogBody, swap: "innerHTML", values });

document.addEventListener("htmx:afterSwap", (event) => {
  if (!dialog?.contains(event.detail.target)) return;
  takingBack = false; // it was refused
  if (!dialog.open) dialog.showModal();
});

document.addEventListener("click", (event) => {
  if (event.target === dialog || event.target.closest("dialog [data-close-dialog]")) {
    event.preventDefault();
    dialog.close();
    return;
  }
  const link = event.target.closest("#board a[data-dialog]");
  if (!link || !dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openForm(link.href);
});

document.addEventListener("scheme-changed", () => {
  dialog?.close();
  if (!takingBack) acts?.reset();
  takingBack = false;
  for (const said of all("#messages .note:has(form.undo)", document).slice(0, -1)) said.remove();
  refresh();
});

// What is taken back or done again from the board leaves the page where it is, and what is ticked.
let takingBack = false;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("#board form.undo, #messages form.undo") || !dialog) return;
  event.preventDefault();
  if (form.closest(".note")) {
    form.closest(".note").remove();
    board().querySelector(".board-rounds")?.focus({ preventScroll: true });
  }
  inTurn(() => {
    takingBack = true;
    return send(form.action, {});
  });
});

// -- Dragging ----------------------------------------------------------------------------------

if (ask) {
  ask.checked = localStorage.getItem(ASK) !== "no";
  ask.addEventListener("change", () => localStorage.setItem(ASK, ask.checked ? "yes" : "no"));
}

const addressOf = (act) => {
  const button = acts.querySelector(`[data-act="${act}"]`);
  return button.hasAttribute("formaction") ? button.formAction : acts.action;
};

const isNext = (finer, coarser) => {
  const columns = all("[data-round]");
  return columns.indexOf(finer) === columns.indexOf(coarser) + 1;
};

/** What a drop here would mean: an element to mark, and what to do. */
function meaning(event) {
  const from = document.querySelector(`[data-card="${dragged[0]}"]`)?.closest("[data-round]");
  const column = event.target.closest?.("[data-round]");
  if (!from || !column) return null;
  const card = event.target.closest("[data-card]");
  if (isNext(from, column)) return card && { mark: card, way: "place", parent: card.dataset.card };
  if (from !== column) return null;
  const group = event.target.closest(".board-group");
  const sameGroup = group && dragged.every((uid) => group.querySelector(`[data-card="${uid}"]`));
  if (card && !dragged.includes(card.dataset.card)) {
    const { top, height } = card.getBoundingClientRect();
    const at = (event.clientY - top) / height;
    if (at > 0.25 && at < 0.75) return { mark: card, way: "merge", into: card.dataset.card };
    if (sameGroup && dragged.length === 1) {
      const own = group.querySelector(`[data-card="${dragged[0]}"]`);
      const before = at < 0.5 ? card : card.nextElementSibling;
      if (before === own || before === own.nextElementSibling) return null; // it stands there
      return { mark: card, way: at < 0.5 ? "before" : "after", before: before?.dataset.card ?? "" };
    }
  }
  return group && !sameGroup ? { mark: group, way: "place", parent: group.dataset.group || "none" } : null;
}

const unmark = () => {
  for (const marked of all("[data-drop]")) marked.removeAttribute("data-drop");
};

document.addEventListener("pointerdown", (event) => {
  pressed = Boolean(event.target.closest?.("#board[data-edit] [data-card]"));
});

// A press ends by being let go, or by becoming a drag.
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, letGo);

function letGo() {
  pressed = false;
  if (!missed || isHeld()) return;
  missed = false;
  refresh();
}

document.addEventListener("dragstart", (event) => {
  const card = event.target.closest?.("#board[data-edit] [data-card]");
  if (!card) return;
  const uid = card.dataset.card;
  const chosen = ticked();
  dragged = chosen.includes(uid) ? chosen : [uid];
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.querySelector(".row-title").textContent.trim());
});

document.addEventListener("dragover", (event) => {
  if (!dragged.length) return;
  unmark();
  const meant = meaning(event);
  if (!meant) return;
  event.preventDefault();
  meant.mark.dataset.drop = meant.way;
});

document.addEventListener("drop", (event) => {
  if (!dragged.length) return;
  const cards = dragged;
  const meant = meaning(event);
  endDrag();
  if (!meant) return;
  event.preventDefault();
  act(cards, meant);
});

document.addEventListener("dragend", endDrag);

function endDrag() {
  unmark();
  dragged = [];
  letGo();
}

function act(cards, { way, parent, into, before }) {
  if (way === "merge") openForm(addressOf("merge"), [...cards, into], { into });
  else if (way !== "place") inTurn(() => move(cards[0], before));
  else if (ask.checked) openForm(addressOf("place"), cards, { parent });
  else inTurn(() => place(cards, parent));
}

function place(cards, parent) {
  const { revision } = board().dataset;
  return send(addressOf("place"), { category: cards, parent, revision });
}

function move(uid, before) {
  const { board: address, revision } = board().dataset;
  return send(address.replace(/board\/$/, `categories/${uid}/move/`), { before, revision });
}

// -- Keys --------------------------------------------------------------------------------------

const shown = (column) => all(".board-group[open] .board-card:not([hidden])", column);

function step(card, key) {
  const column = card.closest("[data-round]");
  const cards = shown(column);
  const at = cards.indexOf(card);
  if (key === "ArrowDown") return cards[at + 1];
  if (key === "ArrowUp") return cards[at - 1];
  const columns = all("[data-round]");
  const beside = columns[columns.indexOf(column) + (key === "ArrowRight" ? 1 : -1)];
  return beside && (shown(beside)[at] ?? shown(beside).at(-1));
}

function shift(uid, key) {
  const card = board().querySelector(`[data-card="${uid}"]`);
  const beside = key === "ArrowUp" ? card?.previousElementSibling : card?.nextElementSibling;
  if (!beside) return null;
  const before = key === "ArrowUp" ? beside : beside.nextElementSibling;
  return move(uid, before?.dataset.card ?? "");
}

document.addEventListener("keydown", (event) => {
  const control = event.target;
  const card = control.closest?.("#board [data-card]");
  if (!card || !control.matches("summary, input[type=checkbox]") || event.ctrlKey || event.metaKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const edits = board().hasAttribute("data-edit");
  const chosen = () => (ticked().length ? ticked() : [card.dataset.card]);
  if (event.altKey && edits && ["ArrowUp", "ArrowDown"].includes(key)) {
    if (!event.repeat || !sending) inTurn(() => shift(card.dataset.card, key));
  } else if (event.altKey) return;
  else if (key.startsWith("Arrow")) {
    step(card, key)?.querySelector("summary").focus();
  } else if (!edits) return;
  else if (key === " ") card.querySelector("input").click();
  else if (key === "p") openForm(addressOf("place"), chosen());
  else if (key === "m") openForm(addressOf("merge"), chosen());
  else if (key === "Escape") acts.reset();
  else return;
  event.preventDefault();
});

function makeDraggable() {
  for (const card of all("[data-card]")) card.draggable = board().hasAttribute("data-edit");
}

makeDraggable();
count();
