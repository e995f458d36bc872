// Deciding by keyboard: a digit takes a contested category, F finds another, X says that it cannot
// be classified; then the reason is written, and Ctrl+Enter decides. Without this file the same is
// a form of radio buttons and lists.

const WRITING = "input:not([type=radio], [type=checkbox], [type=hidden]), textarea, select";

const form = document.querySelector("[data-decide]");
const radios = [...(form?.querySelectorAll('input[name="choice"]') ?? [])];
const named = (value) => radios.find((radio) => radio.value === value);
const contested = radios.filter((radio) => !["other", "none"].includes(radio.value));
const reason = form?.querySelector("textarea");

/** Show only what belongs to the choice that is made. */
function unfold() {
  const chosen = radios.find((radio) => radio.checked)?.value;
  for (const part of form.querySelectorAll("[data-of]")) part.hidden = part.dataset.of !== chosen;
}

function choose(radio) {
  radio.checked = true;
  unfold();
  const list = form.querySelector(`[data-of="${radio.value}"] select`);
  const field = list?.tomselect ?? list ?? reason;
  field.focus();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest?.(WRITING)) return;
  const key = event.key.toLowerCase();
  const radio = { f: named("other"), x: named("none") }[key] ?? contested[Number(key) - 1];
  if (!radio) return;
  event.preventDefault();
  choose(radio);
}

if (form) {
  form.addEventListener("change", unfold);
  document.addEventListener("keydown", onKey);
  unfold();
}
