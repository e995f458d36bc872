// The header of an interview: one key answers a row of buttons.
import { offerDigits } from "./choice-keys.js";

offerDigits(document.getElementById("interview-form"));
