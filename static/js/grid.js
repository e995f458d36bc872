// Choosing incidents in the grid: all of the page, a range with Shift, and how many are chosen.

let last = null;

const boxes = (form) => [...form.querySelectorAll('input[name="incident"]')];

function tell(form) {
  const chosen = boxes(form).filter((box) => box.checked).length;
  const words = form.querySelector("[data-chosen]");
  if (words) words.textContent = `${chosen} ${words.dataset.chosen}`;
  const all = form.querySelector("[data-choose-all]");
  all.checked = chosen > 0 && chosen === boxes(form).length;
  all.indeterminate = chosen > 0 && !all.checked;
  if (chosen) form.querySelector('input[name="scope"][value="chosen"]').checked = true;
  form.classList.toggle("has-chosen", chosen > 0);
}

document.addEventListener("click", (event) => {
  const box = event.target;
  const form = box.closest?.("form[data-grid]");
  if (!form || box.type !== "checkbox") return;
  if (box.matches("[data-choose-all]")) {
    for (const other of boxes(form)) other.checked = box.checked;
  } else if (event.shiftKey && last?.form === form) {
    const all = boxes(form);
    const [first, end] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
    for (const between of all.slice(first, end + 1)) between.checked = box.checked;
  }
  if (box.name === "incident") last = box;
  tell(form);
});

// What the browser remembered of an earlier visit counts, too.
addEventListener("pageshow", () => {
  const form = document.querySelector("form[data-grid]");
  if (form?.querySelector("[data-choose-all]")) tell(form);
});
