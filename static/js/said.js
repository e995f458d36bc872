// The teller's own words stand in quotation marks; the rest is the interviewer's account.

const MARKS = { de: "„“", fr: "«»", es: "«»", it: "«»", pt: "«»", ru: "«»", zh: "“”", ja: "「」" };

const marksOf = (language) => MARKS[language.slice(0, 2)] ?? "“”";

/** Put what is selected in a field into quotation marks, or open a pair to write between. */
function quote(field, language) {
  const [open, close] = marksOf(language);
  const { selectionStart: from, selectionEnd: to, value } = field;
  const said = value.slice(from, to).trim();
  field.setRangeText(`${open}${said}${close}`, from, to, "end");
  if (!said) field.setSelectionRange(from + open.length, from + open.length);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Let the button [data-quote] of a form, and Alt+Q, mark the teller's words in its text areas. */
export function offerQuoting(form) {
  let last = null;
  const mark = () => {
    if (!last) return;
    last.focus();
    quote(last, form.elements.language.value);
  };
  form.addEventListener("focusin", (event) => {
    if (event.target.matches("textarea")) last = event.target;
  });
  const button = form.querySelector("[data-quote]");
  button.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the selection
  button.addEventListener("click", mark);
  form.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== "KeyQ") return;
    event.preventDefault();
    mark();
  });
}
