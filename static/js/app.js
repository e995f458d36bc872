// What every page needs. A page with behaviour of its own loads its module in the block "scripts".
import "./csrf.js";
import "./failures.js";
import "./focus.js";
import "./menu.js";
import "./shortcuts.js";
import "./toasts.js";
