// A row of buttons that has the focus is answered with one key: 1 takes the first, 2 the second.

/** Let digits choose in the radio buttons of a form. */
export function offerDigits(form) {
  form.addEventListener("keydown", (event) => {
    const focused = event.target;
    if (!focused.matches('.choices input[type="radio"]')) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const radios = focused.closest(".choices").querySelectorAll('input[type="radio"]');
    const wanted = radios[Number(event.key) - 1];
    if (!wanted) return;
    event.preventDefault();
    wanted.click();
    wanted.focus();
  });
}
