// What this browser keeps for the next visit. Where it keeps nothing, the page still holds it.

const memory = new Map();

/** The text under a key, or null. */
export function read(key) {
  try {
    return localStorage.getItem(key) ?? memory.get(key) ?? null;
  } catch {
    return memory.get(key) ?? null;
  }
}

/** Keep a text; returns whether it will be there after the page is closed. */
export function write(key, text) {
  try {
    localStorage.setItem(key, text);
    memory.delete(key);
    return true;
  } catch {
    memory.set(key, text); // full or closed
    return false;
  }
}

/** Forget what is under a key. */
export function erase(key) {
  memory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing was stored.
  }
}

/** The keys that begin so, in their order. */
export function keysUnder(prefix) {
  const found = new Set(memory.keys());
  try {
    for (const key of Object.keys(localStorage)) found.add(key);
  } catch {
    // What the page holds is all there is.
  }
  return [...found].filter((key) => key.startsWith(prefix)).sort();
}
