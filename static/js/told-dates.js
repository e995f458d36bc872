// "About a week ago" fills the days it may mean, counted back from the interview.

const DAY = 24 * 60 * 60 * 1000;

/** Let the buttons [data-days-from] of a form fill its dates. */
export function offerTimes(form) {
  const heldOn = Date.parse(form.dataset.heldOn);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-days-from]");
    if (!button) return;
    const dayBefore = (days) => new Date(heldOn - days * DAY).toISOString().slice(0, 10);
    form.elements.happened_from.value = dayBefore(Number(button.dataset.daysFrom));
    form.elements.happened_to.value = dayBefore(Number(button.dataset.daysTo));
    const told = form.elements.happened_told;
    if (!told.value) told.value = button.textContent.trim();
    told.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
