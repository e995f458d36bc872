// The coder's desk. The next moment comes from those fetched ahead, and the answer goes on its way
// behind the coder's back, with or without a network (docs/adr/0040-coding-ahead.md).
import { makeCombobox } from "./categories.js";
import { offerKeys, press } from "./coding-keys.js";
import { Halves, Queue } from "./coding-queue.js";
import { clearFailure, showFailure } from "./failures.js";
import { announce, toast } from "./toasts.js";

const FEW = 2; // moments ahead below which more are asked for
const MOST_UNDONE = 20;
const ASK_AGAIN = 3000;
const SIGNED_OUT = ["401", "403"]; // or signed in as somebody else

const desk = document.getElementById("desk");
const says = desk.dataset;
const fingers = matchMedia("(pointer: coarse)");
const queue = new Queue(says.member);
const halves = new Halves(says.member);

let combobox = null;
let ahead = []; // sections of the moments to come
let given = []; // what was answered on this page, to be taken back
let passed = new Set(); // assignments answered or put aside on this page
let asking = false;
let pressedAt = 0; // when the key was pressed that leads to the next moment
let saidChanged = null; // the message that the answer before was changed
let then = ""; // where a changed answer leads once it has arrived
let suggestions = null; // what shows them, fetched with the first moment that brings some

const find = (selector) => desk.querySelector(selector);
const moment = () => document.getElementById("moment");
const form = () => document.getElementById("answer");
const here = () => moment().dataset.uid ?? "";
const showUrl = (section) => section.dataset.answer.replace(/answer\/$/, "");
const revision = () => find('input[name="revision"]').value;

// -- The page -------------------------------------------------------------------------------------

function showChosen(title) {
  const place = find("[data-chosen]");
  if (place) place.textContent = title;
}

function makeReady() {
  const pane = document.getElementById("choose");
  if (pane.hasAttribute("data-ready")) return;
  combobox = makeCombobox(pane);
  pane.addEventListener("category:chosen", (event) => {
    showChosen(event.detail);
    keepHalf();
  });
  pane.addEventListener("category:entered", () => press("[data-code]"));
}

// On a phone the keyboard would cover the narrative that is to be read first.
function start() {
  if (!fingers.matches && combobox && here()) combobox.search.focus({ preventScroll: true });
  else find(".moment-headline")?.focus({ preventScroll: true });
  window.scrollTo({ top: 0 });
}

function replace(part) {
  document.getElementById(part.id).replaceWith(part);
}

/** Put the empty form under another moment. */
function renewForm(section) {
  const answer = form();
  answer.reset();
  answer.action = section.dataset.answer;
  answer.elements.seen.value = "";
  answer.elements.note.value = "";
  for (const name of ["unsure", "flagged"]) answer.elements[name].checked = false;
  find("[data-reasons]").open = false;
  document.getElementById("put-aside").action = section.dataset.aside;
  const propose = find("[data-propose]");
  propose.href = `${propose.dataset.propose}?example=${section.dataset.uid}`;
}

/** Show another moment from those the page holds. */
function show(section, said) {
  const half = halves.half(section.dataset.uid);
  section.querySelector("[data-words]")?.scrollTo({ top: 0 });
  replace(section);
  renewForm(section);
  combobox?.clear();
  afterShown(half, said);
  requestAnimationFrame(() => {
    performance.clearMeasures("candid:next-moment");
    performance.measure("candid:next-moment", { start: pressedAt, end: performance.now() });
  });
}

/** Show what the server sent: a moment with its form, or that nothing is left. */
function place(step) {
  const parts = ["choose", "controls", "moment"].map((id) => step.getElementById(id));
  const half = halves.half(parts[2].dataset.uid);
  for (const part of parts) if (part) replace(part);
  makeReady();
  if (!parts[0]) combobox?.clear();
  afterShown(half, "");
}

/** Nothing can be chosen while there is no moment to choose for. */
function hideWhatWaits() {
  document.getElementById("choose").hidden = !here();
  if (form()) form().hidden = !here();
}

function afterShown(half, said) {
  hideWhatWaits();
  showOffer();
  restore(half);
  if (here()) halves.keepPlace(says.scheme, { assignment: here(), show: showUrl(moment()) });
  announce(`${said} ${moment().dataset.announce ?? ""}`.trim());
  start();
}

/** Show what is suggested for the moment on the page, and let its answer say so. */
function showOffer() {
  const token = suggestions?.showOffer(moment()) ?? "";
  if (form()) form().elements.suggested.value = token;
}

async function bringSuggestions(sections) {
  if (suggestions || !sections.some((one) => one.querySelector("template[data-offer]"))) return;
  suggestions = await import("./suggestions.js");
  showOffer();
}

// -- An answer half made ----------------------------------------------------------------------------

function keepHalf() {
  const answer = form();
  if (!here() || !answer) return;
  const { note, unsure, flagged } = answer.elements;
  halves.keep(here(), {
    category: combobox?.chosenUid() ?? "",
    note: note.value,
    unsure: unsure.checked,
    flagged: flagged.checked,
  });
}

function restore(half) {
  const line = find("[data-restored]");
  if (line) line.hidden = !half;
  if (!half || !form()) return;
  const { note, unsure, flagged } = form().elements;
  note.value = half.note;
  unsure.checked = half.unsure;
  flagged.checked = half.flagged;
  if (half.category) combobox?.choose(half.category);
  const at = new Date(half.at);
  const shape = { hour: "2-digit", minute: "2-digit" };
  const isToday = at.toDateString() === new Date().toDateString();
  const day = isToday ? {} : { day: "numeric", month: "long" };
  const time = at.toLocaleString(document.documentElement.lang, { ...day, ...shape });
  line.textContent = says.restored.replace("%(time)s", time);
}

// -- From one moment to the next ------------------------------------------------------------------

function advance(said) {
  passed.add(here());
  const next = ahead.shift();
  if (next) show(next, said);
  else {
    const waits = document.getElementById("next-waits").content.firstElementChild.cloneNode(true);
    waits.dataset.after = here();
    replace(waits);
    hideWhatWaits();
    showOffer();
    announce(said);
  }
}

const isWaiting = () => moment().hasAttribute("data-next-waits");

/** Ask the server for a part of a page; null where none comes. */
async function ask(url, query) {
  const answer = await fetch(`${url}?${new URLSearchParams(query)}`, {
    headers: { "HX-Request": "true" },
    cache: "no-store",
    redirect: "manual",
  }).catch(() => null);
  if (answer?.status === 401) showFailure("401");
  if (!answer?.ok) return null;
  clearFailure("401");
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** Have what comes next at hand: what the server gives once it knows all answers. */
async function fetchNext() {
  if (asking || then) return;
  asking = true;
  const after = moment().dataset.after ?? "";
  const step = isWaiting()
    ? await ask(says.next, { revision: revision(), after })
    : await ask(says.ahead, heldHere());
  asking = false;
  if (!step) {
    if (isWaiting()) setTimeout(goOn, ASK_AGAIN);
  } else if (step.getElementById("controls")) {
    if (!isWaiting()) return;
    passed.delete(step.getElementById("moment").dataset.uid);
    place(step);
    goOn();
  } else {
    holdMore(step);
  }
}

const waitingThere = () => queue.parcels().map((parcel) => parcel.assignment);

function heldHere() {
  const held = [here(), ...ahead.map((section) => section.dataset.uid), ...waitingThere()];
  return held.slice(-50).map((uid) => ["held", uid]);
}

function holdMore(step) {
  const known = new Set([...passed, ...heldHere().map(([, uid]) => uid)]);
  for (const section of step.querySelectorAll(".moment[data-uid]")) {
    if (!known.has(section.dataset.uid)) ahead.push(document.adoptNode(section));
  }
  bringSuggestions(ahead);
  const next = isWaiting() ? ahead.shift() : null;
  if (next) show(next, "");
  else if (isWaiting()) goOn();
}

function goOn() {
  if (isWaiting() ? !queue.parcels().length : here() && ahead.length < FEW) fetchNext();
}

// -- Answering ------------------------------------------------------------------------------------

function titleOf(submitter) {
  if (submitter?.name === "recent") return submitter.querySelector(".chip-label").textContent;
  if (submitter?.name === "unclassifiable") {
    return says.cannot.replace("%(why)s", () => submitter.textContent.trim());
  }
  return combobox?.chosenTitle() ?? "";
}

function answer(submitter) {
  const { csrfmiddlewaretoken, revision: known, ...body } = Object.fromEntries(
    new FormData(form(), submitter),
  );
  if (!body.category && !body.recent && !body.unclassifiable) {
    toast(says.nothing, "warning");
    return combobox?.search.focus();
  }
  const uid = crypto.randomUUID();
  const section = moment();
  const after = suggestions?.offerAfter(section, body.unclassifiable ? "" : body.recent || body.category);
  if (after) body.suggested = after.dataset.offer;
  const headline = section.querySelector(".moment-headline").textContent;
  const parcel = {
    uid,
    kind: "answer",
    assignment: here(),
    desk: says.next,
    show: showUrl(section),
    url: section.dataset.answer,
    body: { ...body, uid },
  };
  given = [...given, { parcel, section, headline, title: titleOf(submitter) }].slice(-MOST_UNDONE);
  halves.drop(here());
  showRefusals();
  then = form().dataset.then ?? "";
  if (then) form().inert = true;
  else offerAnd(() => advance(after ? `${says.coded} ${suggestions.saidAfter(after)}` : says.coded), after);
  queue.add(parcel);
  showLast();
}

/** Go on, and beside what comes next offer another answer for what was given last. */
function offerAnd(goOnward, after) {
  leaveBefore();
  if (after) suggestions.showAfter(after, given.at(-1).title, changeLast);
  goOnward();
}

/** Offer nothing more for the moment before, and say no more what became of it. */
function leaveBefore() {
  suggestions?.hideAfter();
  saidChanged?.remove();
}

/** Send another answer for the moment before: a new one that supersedes the first. */
function changeLast(category, title, token) {
  const last = given.pop();
  const { parcel } = last;
  const uid = crypto.randomUUID();
  const { note, unsure, flagged } = parcel.body;
  const kept = Object.entries({ note, unsure, flagged }).filter(([, value]) => value);
  const stated = { uid, seen: parcel.uid, category, suggested: token, stays: "1" };
  const changed = { ...parcel, uid, body: { ...Object.fromEntries(kept), ...stated } };
  given.push({ ...last, parcel: changed, title });
  queue.add(changed);
  showLast();
  saidChanged = toast(document.getElementById("suggested").dataset.changed.replace("%(answer)s", () => title));
  start();
}

function putAside() {
  const section = moment();
  const body = { uid: crypto.randomUUID() };
  const parcel = { ...body, kind: "aside", assignment: here(), desk: says.next, body };
  advance(says.aside);
  queue.add({ ...parcel, url: section.dataset.aside });
}

/** What was not answered on this page is taken back by the server, which leads to its moment. */
function takeBackEarlier() {
  const line = find("[data-last]");
  if (!line || queue.parcels().length) return;
  line.dataset.plain = "";
  line.requestSubmit();
}

function takeBack() {
  leaveBefore();
  const last = given.pop();
  if (!last) return takeBackEarlier();
  const { parcel, section } = last;
  const uid = crypto.randomUUID();
  const url = `${says.mine}${parcel.uid}/take-back/`;
  const { assignment } = parcel;
  const back = { uid, kind: "back", assignment, desk: says.next, url, body: { uid } };
  const undone = queue.undo(parcel.uid, back);
  passed.delete(parcel.assignment);
  halves.keep(parcel.assignment, halfOf(parcel.body));
  if (here()) ahead.unshift(moment());
  if (form()) show(section, says.takenBack);
  else undone.then(() => queue.send()).then(() => location.assign(parcel.show));
  showLast();
}

const halfOf = ({ category, recent, unsure, flagged, note }) => ({
  category: recent || category || "",
  unsure: Boolean(unsure),
  flagged: Boolean(flagged),
  note: note ?? "",
});

function showLast() {
  const line = find("[data-last]");
  if (!line) return;
  const last = given.at(-1);
  line.hidden = !last;
  if (!last) return;
  line.querySelector("[data-last-headline]").textContent = last.headline;
  line.querySelector("[data-last-answer]").textContent = last.title;
}

// -- What becomes of answers ----------------------------------------------------------------------

function showNotices() {
  const isWaited = !find("[data-waiting]").hidden;
  find(".desk-notices").hidden = !isWaited && !find("[data-refused]").children.length;
}

function showWaiting() {
  const number = queue.parcels().length;
  const line = find("[data-waiting]");
  line.hidden = !(queue.trouble && number);
  showNotices();
  if (line.hidden) return;
  const offline = queue.trouble === "offline";
  const [one, many] = offline ? [says.oneWaits, says.manyWait] : [says.oneStuck, says.manyStuck];
  const sentence = number === 1 ? one : many.replace("%(number)s", number);
  line.querySelector("[data-waiting-text]").textContent = sentence;
}

function showRefusals() {
  const notes = halves.refusals().map((refusal) => {
    const note = document.getElementById("answer-refused").content.firstElementChild.cloneNode(true);
    note.querySelector("[data-error]").textContent = refusal.error;
    note.querySelector("[data-had-note]").hidden = !refusal.note;
    note.querySelector("[data-note]").textContent = refusal.note;
    const known = given.find(({ parcel }) => parcel.assignment === refusal.assignment);
    note.querySelector("[data-about]").hidden = !known;
    note.querySelector("[data-headline]").textContent = known?.headline ?? "";
    const look = note.querySelector("[data-look]");
    if (refusal.gone) look.remove();
    else look.href = refusal.show;
    note.querySelector("[data-forget]").addEventListener("click", () => {
      halves.forgetRefusal(refusal.assignment);
      showRefusals();
    });
    return note;
  });
  find("[data-refused]").replaceChildren(...notes);
  showNotices();
}

function onRefused({ detail: { parcel, refused } }) {
  if (parcel.kind === "back") toast(refused.error, "warning");
  if (parcel.kind === "answer") {
    const { assignment, show: showAgain, body } = parcel;
    const { error, gone } = refused;
    if (!gone) halves.keep(assignment, halfOf(body));
    halves.keepRefusal({ assignment, show: showAgain, error, gone, note: body.note ?? "" });
    passed.delete(assignment);
    showRefusals();
    if (given.at(-1)?.parcel.uid === parcel.uid) leaveBefore();
    given = given.filter((one) => one.parcel.uid !== parcel.uid);
    if (then) form().inert = false;
    then = "";
  }
  if (refused.revision && refused.revision !== revision()) renewChoices();
}

function onArrived({ detail: { parcel, receipt } }) {
  for (const name of SIGNED_OUT) clearFailure(name);
  if (parcel.desk !== says.next) return;
  if (receipt.revision !== revision()) renewChoices();
  if (queue.parcels().length) return;
  for (const html of Object.values(receipt.parts)) {
    const part = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
    if (document.getElementById(part.id)) replace(document.adoptNode(part));
  }
}

/** Fetch the categories anew where the scheme was changed; what was chosen stays chosen. */
async function renewChoices() {
  if (!here() || then) return;
  const shown = here();
  const step = await ask(showUrl(moment()), { revision: revision() });
  const choices = step?.getElementById("choose");
  if (!choices || shown !== here()) return;
  const half = halves.half(shown);
  replace(document.adoptNode(choices));
  makeReady();
  restore(half);
}

function onDrained() {
  showWaiting();
  if (then) location.assign(then);
  else goOn();
}

function onTrouble() {
  if (SIGNED_OUT.includes(queue.trouble)) showFailure(queue.trouble);
  showWaiting();
}

// -- What happens -----------------------------------------------------------------------------------

function onSubmit(event) {
  const sent = event.target;
  const isOurs = sent.id === "answer" || sent.id === "put-aside" || sent.matches("[data-last]");
  if (!isOurs || "plain" in sent.dataset) return;
  event.preventDefault();
  pressedAt = performance.now();
  if (sent.matches("[data-last]")) takeBack();
  else if (!here() || then) return;
  else if (sent.id === "answer") answer(event.submitter);
  else putAside();
}

/** What another window of this browser has answered is not shown here again. */
function onStorage({ key, newValue }) {
  if (!key?.startsWith(queue.prefix) || !newValue) return;
  const { assignment, kind } = JSON.parse(newValue);
  if (kind !== "back") ahead = ahead.filter((section) => section.dataset.uid !== assignment);
}

/** A moment that was begun and is not the next is shown all the same. */
async function comeBack() {
  const left = halves.place(says.scheme);
  const isNext = location.pathname === says.next;
  if (!isNext || !here() || !left || left.assignment === here()) return;
  if (!halves.half(left.assignment) || waitingThere().includes(left.assignment)) return;
  const step = await ask(left.show, { revision: revision() });
  const answer = step?.getElementById("answer");
  if (!answer || answer.dataset.then) return halves.drop(left.assignment);
  ahead.unshift(moment());
  place(step);
}

async function begin() {
  desk.addEventListener("submit", onSubmit);
  desk.addEventListener("input", (event) => form()?.contains(event.target) && keepHalf());
  desk.addEventListener("click", (event) => {
    if (event.target.closest("[data-try-again]")) queue.send();
  });
  queue.addEventListener("arrived", onArrived);
  queue.addEventListener("refused", onRefused);
  queue.addEventListener("trouble", onTrouble);
  queue.addEventListener("drained", onDrained);
  window.addEventListener("storage", onStorage);
  window.addEventListener("online", () => queue.send());
  window.addEventListener("focus", () => queue.send());
  window.addEventListener("beforeunload", (event) => {
    if (!queue.lasts && queue.parcels().length) event.preventDefault();
  });
  restore(halves.half(here()));
  showRefusals();
  await bringSuggestions([moment()]);
  await comeBack();
  queue.send();
  desk.dataset.ready = "";
}

makeReady();
start();
offerKeys({
  search: () => combobox?.search.focus(),
  takeBack: () => (window.isSecureContext ? takeBack() : press("[data-take-back]")),
});
// Without https there are no uids to be had here: the desk is then a form like any other.
if (window.isSecureContext) begin();
