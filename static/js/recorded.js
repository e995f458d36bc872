// Which incidents were written in this browser, and on which day; no words. It stays when the
// words have gone to the server, so that in the evening the two can be compared.

const PREFIX = "candid-recorded:";
const DAYS = 14;

/** The day here, as 2026-11-21. */
export function today(now = new Date()) {
  const two = (number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

function write(key, days) {
  try {
    localStorage.setItem(key, JSON.stringify(days));
  } catch {
    // Full or closed: the count will not be there, the words are.
  }
}

/** What one member recorded in this browser: {uid: day}. */
export function recordedBy(member) {
  return read(PREFIX + member);
}

/** Note that an incident was recorded here; the day it was begun counts. */
export function noteRecorded(member, uid) {
  const days = recordedBy(member);
  if (days[uid]) return;
  const oldest = today(new Date(Date.now() - DAYS * 24 * 60 * 60 * 1000));
  const kept = Object.entries(days).filter(([, day]) => day >= oldest);
  write(PREFIX + member, { ...Object.fromEntries(kept), [uid]: today() });
}

/** Forget incidents that were thrown away. */
export function forget(member, uids) {
  const days = recordedBy(member);
  for (const uid of uids) delete days[uid];
  write(PREFIX + member, days);
}
