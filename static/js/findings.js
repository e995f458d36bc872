// A digit goes through what may be found of the criterion of that number: [data-point="3"] by 3.

const WRITING = "input:not([type=radio], [type=checkbox], [type=hidden]), textarea, select, [contenteditable]";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !/^[1-9]$/.test(event.key)) return;
  if (event.target.closest?.(WRITING)) return;
  const radios = [...document.querySelectorAll(`[data-point="${event.key}"] input[type=radio]`)];
  if (!radios.length) return;
  event.preventDefault();
  const next = radios[(radios.findIndex((radio) => radio.checked) + 1) % radios.length];
  next.checked = true;
  next.focus();
});
