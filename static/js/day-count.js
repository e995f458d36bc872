// In the evening: what was recorded in this browser today against what the server says it has.
import { csrfToken } from "./csrf.js";
import { Outbox } from "./outbox.js";
import { forget, recordedBy, today } from "./recorded.js";

const card = document.getElementById("day-count");
const { member, url } = card.dataset;
const outbox = new Outbox(member);

async function received(uids) {
  const answer = await fetch(url, {
    method: "POST",
    body: new URLSearchParams({ uids: uids.join(" ") }),
    headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
    redirect: "manual",
    cache: "no-store",
  }).catch(() => null);
  const told = answer?.ok ? await answer.json().catch(() => null) : null;
  return told?.received ?? null;
}

function say(which, counts) {
  const line = card.querySelector("[data-here]");
  let words = card.querySelector(`[data-say="${which}"]`).content.textContent;
  for (const [name, count] of Object.entries(counts)) words = words.replace(name, count);
  line.textContent = words;
  line.dataset.counted = which;
  line.hidden = false;
  card.querySelector("[data-missing]").hidden = !outbox.parcels().length;
}

async function count() {
  const days = recordedBy(member);
  const uids = Object.keys(days).filter((uid) => days[uid] === today());
  if (!uids.length) return;
  const has = await received(uids);
  if (!has) {
    say("unknown", { RECORDED: uids.length });
    return;
  }
  forget(member, uids.filter((uid) => has[uid] === "discarded"));
  const mine = uids.filter((uid) => has[uid] !== "discarded");
  const absent = mine.filter((uid) => !has[uid]);
  const waiting = absent.filter((uid) => outbox.parcels(uid).length);
  const counts = { RECORDED: mine.length, RECEIVED: mine.length - absent.length };
  const lost = absent.length - waiting.length;
  if (lost) say("lost", { ...counts, LOST: lost });
  else if (waiting.length) say("waiting", { ...counts, WAITING: waiting.length });
  else say("all", counts);
}

/** What waits here as a file that anybody can read, for the case that this browser goes. */
function keepCopy() {
  const words = outbox
    .parcels()
    .map(({ uid, body }) => [uid, ...Object.entries(body).filter(([, text]) => text).map((pair) => pair.join(": "))])
    .map((lines) => lines.join("\n"))
    .join("\n\n");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([words], { type: "text/plain" }));
  link.download = `candid-${today()}.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

if (window.isSecureContext) {
  card.querySelector("[data-copy]").addEventListener("click", keepCopy);
  card.querySelector("[data-again]").addEventListener("click", async () => {
    await outbox.sendAll();
    count();
  });
  window.addEventListener("online", count);
  count();
}
