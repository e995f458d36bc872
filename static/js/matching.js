// Finds entries by any part of their words, whatever case and accents; the best match first.
// A coarser category comes behind the finer ones unless its whole name or code was typed: it is
// the answer only where no finer one fits.

const WHOLE_NAME = 1000;
const NAME_BEGINS = 200;

/** Return the text without case and accents. */
export function fold(text) {
  return text.toLowerCase().replaceAll("ß", "ss").normalize("NFKD").replace(/\p{M}/gu, "");
}

function place(text, word, whole, start, inside) {
  if (text === word) return whole;
  const at = text.indexOf(word);
  if (at < 0) return 0;
  if (at === 0) return start + 5;
  const begins = new RegExp(`(^|[^\\p{L}\\p{N}])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "u");
  return begins.test(text) ? start : inside;
}

function worth(entry, word) {
  return Math.max(
    place(entry.code, word, 120, 60, 30),
    place(entry.name, word, 100, 80, 40),
    place(entry.label, word, 90, 70, 35),
    place(entry.path, word, 25, 20, 10),
    place(entry.text, word, 8, 6, 3),
  );
}

/** How well an entry (name, code, label, path, text, folded) fits; 0 where a word is missing. */
export function score(entry, query) {
  const words = query.split(/\s+/).filter(Boolean);
  let sum = 0;
  for (const word of words) {
    const found = worth(entry, word);
    if (!found) return 0;
    sum += found;
  }
  const phrase = words.join(" ");
  if (entry.name === phrase || entry.code === phrase) return sum + WHOLE_NAME;
  return entry.name.startsWith(phrase) ? sum + NAME_BEGINS : sum;
}

const behind = (found) => Number(found.entry.coarser && found.worth < WHOLE_NAME);

/** The entries that fit what was typed, the best first, equals in the order given. */
export function find(entries, typed) {
  const query = fold(typed).trim();
  if (!query) return [...entries];
  return entries
    .map((entry) => ({ entry, worth: score(entry, query) }))
    .filter((found) => found.worth > 0)
    .sort((one, other) => behind(one) - behind(other) || other.worth - one.worth)
    .map((found) => found.entry);
}
