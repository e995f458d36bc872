// Menus are <details> and open without this file. It closes them on Escape and on a click
// elsewhere, and opens what is always open on wide screens.

const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

const wide = matchMedia("(min-width: 62em)");

function unfold() {
  for (const part of document.querySelectorAll("details[data-unfold]")) part.open = wide.matches;
}

wide.addEventListener("change", unfold);
document.addEventListener("DOMContentLoaded", unfold);
if (document.readyState !== "loading") unfold();
