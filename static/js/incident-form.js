// The form of an incident: what is typed is kept here at once and on the server a moment later,
// and the next incident opens in place, with or without a network.
import { offerDigits } from "./choice-keys.js";
import { csrfToken } from "./csrf.js";
import { clearFailure, showFailure } from "./failures.js";
import { showQuestion } from "./guide.js";
import { fingerprint, Outbox, tidy } from "./outbox.js";
import { showReceipt } from "./receipt.js";
import { noteRecorded } from "./recorded.js";
import { offerQuoting } from "./said.js";
import { announce, toast } from "./toasts.js";
import { offerTimes } from "./told-dates.js";

const PAUSE = 800; // after the last key
const LONGEST_WAIT = 30_000;

const form = document.getElementById("incident-form");
const names = form.dataset.fields.split(" ");
const presets = form.dataset.presets.split(" ");
const asked = form.dataset.asked.split(" ");
const receipts = form.querySelector("[data-receipts]");
const outbox = new Outbox(form.elements.member.value);
const sentence = (id) => document.getElementById(id).content.textContent.trim();

let uid = form.dataset.uid;
let timer;
let wait = 1000;
let sending = null;

// -- What is on the page ----------------------------------------------------------------------

const value = (name) => {
  const control = form.elements[name];
  if (!control) return "";
  return tidy(control.value ?? "");
};

const bodyNow = () => Object.fromEntries(names.map((name) => [name, value(name)]));

function parcelNow() {
  return {
    uid,
    url: `${form.dataset.incidents}${uid}/draft/`,
    tab: form.elements.tab.value,
    position: form.elements.position.value,
    basedOn: form.elements.based_on.value,
    seen: form.elements.seen.value,
    continues: form.elements.continues.value,
    body: bodyNow(),
  };
}

function fill(body) {
  for (const name of names) {
    if (form.elements[name]) form.elements[name].value = body[name] ?? "";
  }
}

function uncheck() {
  for (const radio of form.querySelectorAll('input[type="radio"]')) radio.checked = false;
}

const isEmpty = (body) => names.every((name) => presets.includes(name) || !body[name]);

// -- Keeping it -------------------------------------------------------------------------------

function changed() {
  const parcel = parcelNow();
  outbox.put(parcel);
  if (!isEmpty(parcel.body)) noteRecorded(outbox.member, uid);
  showReceipt(receipts, "unsaved");
  clearTimeout(timer);
  timer = setTimeout(save, PAUSE);
}

/** Send what waits; one sending at a time, and again if something was typed meanwhile. */
function save(options) {
  clearTimeout(timer);
  sending ??= sendAll(options).finally(() => {
    sending = null;
  });
  return sending;
}

async function sendAll(options) {
  if (!outbox.parcels().length) return true;
  showReceipt(receipts, "saving");
  const outcomes = await outbox.sendAll(options);
  const mine = outcomes.filter((outcome) => outcome.url.startsWith(form.dataset.incidents));
  const trouble = mine.map((outcome) => outcome.trouble).find(Boolean);
  if (trouble) return tryLater(trouble);
  if (!mine.length) return true;
  wait = 1000;
  clearFailure("401");
  if (outbox.parcels(uid).length) return sendAll(options);
  await saySaved(mine.at(-1));
  return true;
}

/** Only what is on the page counts as saved. */
async function saySaved({ stored, at }) {
  const same = stored === (await fingerprint(bodyNow())) || isEmpty(bodyNow());
  showReceipt(receipts, same ? "saved" : "unsaved", at);
}

function tryLater(trouble) {
  showReceipt(receipts, trouble === "offline" ? "offline" : "failed");
  if (trouble === "401") showFailure("401");
  timer = setTimeout(save, wait);
  wait = Math.min(wait * 2, LONGEST_WAIT);
  return false;
}

// -- The next incident, and sending -----------------------------------------------------------

const chipOf = (id) => document.querySelector(`[data-chip="${id}"]`);

function renameChip() {
  const chip = chipOf(uid);
  if (!chip) return;
  chip.querySelector(".chip-label").textContent = value("headline");
  if (!isEmpty(bodyNow())) chip.querySelector("[data-says-empty]")?.remove();
}

function markParked() {
  const chip = chipOf(uid)?.querySelector(".chip");
  if (!chip) return;
  chip.classList.add("chip-parked");
  announce(sentence("say-parked"));
}

function addChip(id, url) {
  const chips = document.getElementById("chips");
  for (const link of chips.querySelectorAll("[aria-current]")) link.removeAttribute("aria-current");
  const item = document.getElementById("new-chip").content.firstElementChild.cloneNode(true);
  item.dataset.chip = id;
  item.querySelector("a").href = url;
  chips.append(item);
  item.querySelector(".num").textContent = chips.children.length;
}

function openNext({ park = false } = {}) {
  if (isEmpty(bodyNow())) {
    toast(sentence("say-empty"));
    form.elements.headline.focus();
    return;
  }
  if (park) {
    outbox.put({ ...parcelNow(), parked: "1" });
    markParked();
  }
  save();
  const language = value("language");
  const position = Number(form.elements.position.value) + 1;
  uid = crypto.randomUUID();
  const url = `${form.dataset.incidents}${uid}/`;
  addChip(uid, url);
  uncheck();
  fill({ language, asked_for: asked[(position - 1) % asked.length] });
  showQuestion(form);
  form.elements.position.value = position;
  for (const name of ["based_on", "seen", "continues"]) form.elements[name].value = "";
  form.action = url;
  form.querySelector("[data-send]").formAction = `${url}submit/`;
  for (const part of document.querySelectorAll("[data-of-this-incident]")) part.remove();
  for (const error of form.querySelectorAll(".field-error, .note")) error.remove();
  history.pushState({}, "", url);
  window.scrollTo(0, 0);
  form.elements.headline.focus();
  announce(chipOf(uid).textContent.trim());
}

async function send(button) {
  await sending;
  if (!(await save())) {
    toast(sentence("say-offline"), "warning");
    return;
  }
  form.elements.csrfmiddlewaretoken.value = csrfToken();
  form.action = button.formAction;
  form.submit();
}

// -- What happens -----------------------------------------------------------------------------

/** What an earlier page could not send is newer than what the server sent us. */
function restore() {
  const left = outbox.parcels(uid).at(-1);
  if (!left) return;
  uncheck();
  fill(left.body);
  form.elements.tab.value = left.tab;
  form.elements.based_on.value = left.basedOn;
  form.elements.seen.value = left.seen ?? "";
  renameChip();
}

function onInput() {
  changed();
  renameChip();
  showQuestion(form);
}

function onSubmit(event) {
  event.preventDefault();
  if (event.submitter?.hasAttribute("data-send")) send(event.submitter);
  else openNext({ park: event.submitter?.hasAttribute("data-park") });
}

function onKey(event) {
  if (event.altKey && event.code === "KeyP") {
    event.preventDefault();
    openNext({ park: true });
  }
  if (event.key !== "Enter") return;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    if (event.shiftKey) send(form.querySelector("[data-send]"));
    else openNext();
  } else if (event.target.matches("input")) {
    event.preventDefault(); // Enter in a line of text sends nothing
  }
}

async function onChip(event) {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  await sending;
  if (await save()) location.assign(link.href);
  else toast(sentence("say-offline"), "warning");
}

function start() {
  form.addEventListener("input", onInput);
  form.addEventListener("focusout", () => outbox.parcels().length && save());
  form.addEventListener("submit", onSubmit);
  form.addEventListener("keydown", onKey);
  document.getElementById("chips").addEventListener("click", onChip);
  document.addEventListener("visibilitychange", () => save({ leaving: document.hidden }));
  window.addEventListener("pagehide", () => save({ leaving: true }));
  window.addEventListener("online", () => save());
  window.addEventListener("popstate", () => location.reload());
  restore();
  offerTimes(form);
  offerQuoting(form);
  offerDigits(form);
  if ("parked" in form.dataset) changed(); // to open it is to go on with it
  save();
  if (isEmpty(bodyNow())) form.elements.headline.focus();
  form.dataset.ready = "";
}

// Without https there is no checksum, so no receipt to trust: the form then works as plain HTML.
if (window.isSecureContext) start();
