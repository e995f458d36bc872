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

// -- Near misses: what was meant where nothing fits as typed ---------------------------------------

const MOST_NEAR = 5;
const WEIGHTS = { name: 3, code: 3, label: 3, path: 1, text: 1 };

const slipsAllowed = (word) => (word.length < 3 ? 0 : word.length < 6 ? 1 : word.length < 9 ? 2 : 3);

/**
 * The fewest slips (a letter wrong, missing, too many, or two exchanged) that lead from a word to
 * the beginning of another: optimal string alignment, the end of the other left open.
 */
export function slips(word, other) {
  const width = Math.min(other.length, word.length + 3);
  let before = [];
  let row = Array.from({ length: width + 1 }, (_, at) => at);
  for (let i = 1; i <= word.length; i += 1) {
    const last = before;
    before = row;
    row = [i];
    for (let j = 1; j <= width; j += 1) {
      const same = word[i - 1] === other[j - 1];
      row[j] = Math.min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && word[i - 1] === other[j - 2] && word[i - 2] === other[j - 1]) {
        row[j] = Math.min(row[j], last[j - 2] + 1);
      }
    }
  }
  return Math.min(...row);
}

/** The words of an entry, each with the weight of the best place where it stands. */
function wordsOf(entry) {
  if (entry.words) return entry.words;
  entry.words = new Map();
  for (const [part, weight] of Object.entries(WEIGHTS)) {
    for (const word of entry[part].match(/[\p{L}\p{N}]+/gu) ?? []) {
      entry.words.set(word, Math.max(weight, entry.words.get(word) ?? 0));
    }
  }
  return entry.words;
}

function nearest(entry, word, known) {
  const most = slipsAllowed(word);
  let best = null;
  for (const [other, weight] of wordsOf(entry)) {
    if (other.length < word.length - most) continue;
    if (!known.has(other)) known.set(other, slips(word, other));
    const found = { slips: known.get(other), weight };
    if (found.slips > most) continue;
    const isBetter = !best || found.slips < best.slips || (found.slips === best.slips && weight > best.weight);
    if (isBetter) best = found;
  }
  return best;
}

/**
 * The entries nearest to what was typed, for when `find` finds none: at least half of the words
 * stand there but for few slips; first those with the most words, then with the fewest slips.
 */
export function near(entries, typed) {
  const words = fold(typed).split(/\s+/).filter(Boolean);
  const known = words.map(() => new Map());
  return entries
    .map((entry, order) => {
      const found = words.map((word, at) => nearest(entry, word, known[at])).filter(Boolean);
      const sum = (name) => found.reduce((all, one) => all + one[name], 0);
      return { entry, order, words: found.length, slips: sum("slips"), weight: sum("weight") };
    })
    .filter((one) => one.words && one.words * 2 >= words.length)
    .sort(
      (one, other) =>
        other.words - one.words ||
        one.slips - other.slips ||
        other.weight - one.weight ||
        one.order - other.order,
    )
    .slice(0, MOST_NEAR)
    .map((found) => found.entry);
}
