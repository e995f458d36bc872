// Words on their way to the server. They stay in this browser until a receipt says that exactly
// these were stored; no other answer counts, whatever its status.
import { csrfToken } from "./csrf.js";
import { erase, keysUnder, read, write } from "./kept.js";

const PREFIX = "candid-draft:";

/** Text as the server keeps it (incidents/texts.py: tidy). */
export function tidy(text) {
  const whole = text.toWellFormed ? text.toWellFormed() : text;
  return whole.replaceAll("\0", "").replace(/\r\n?/g, "\n");
}

/** The sha256 of a body, in hex, computed as incidents/texts.py: fingerprint does. */
export async function fingerprint(body) {
  const sorted = Object.fromEntries(Object.keys(body).sort().map((name) => [name, body[name]]));
  const bytes = new TextEncoder().encode(JSON.stringify(sorted));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What one member has written in this browser and the server has not acknowledged. */
export class Outbox {
  constructor(member) {
    this.prefix = `${PREFIX}${member}:`;
    this.member = member;
  }

  put(parcel) {
    write(this.key(parcel), JSON.stringify({ ...parcel, at: Date.now() }));
  }

  key(parcel) {
    return `${this.prefix}${parcel.uid}:${parcel.tab}`;
  }

  /** All parcels, the oldest first; those of one incident if a uid is given. */
  parcels(uid = "") {
    return keysUnder(this.prefix + uid)
      .map((key) => JSON.parse(read(key)))
      .sort((one, other) => one.at - other.at);
  }

  /** Send one parcel. Returns its url with {stored, at} or {trouble}; changed meanwhile, it stays. */
  async send(parcel, options) {
    return { url: parcel.url, ...(await this.deliver(parcel, options)) };
  }

  async deliver(parcel, { leaving = false } = {}) {
    const { body, url, uid, tab, position, basedOn, seen = "", parked = "", continues } = parcel;
    const about = { tab, position, based_on: basedOn, seen, parked, continues, member: this.member };
    let answer;
    try {
      answer = await fetch(url, {
        method: "POST",
        body: new URLSearchParams({ ...body, ...about }),
        headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
        redirect: "manual",
        cache: "no-store",
        keepalive: leaving,
      });
    } catch {
      return { trouble: "offline" };
    }
    if (answer.status === 401) return { trouble: "401" };
    const receipt = answer.ok ? await answer.json().catch(() => null) : null;
    const sha256 = await fingerprint(body);
    if (receipt?.uid !== uid || receipt.sha256 !== sha256) return { trouble: "failed" };
    this.settle(parcel);
    return { stored: sha256, at: new Date(receipt.saved_at) };
  }

  settle(parcel) {
    const key = this.key(parcel);
    const now = JSON.parse(read(key));
    const says = ({ body, parked = "" }) => JSON.stringify([body, parked]);
    if (now && says(now) === says(parcel)) erase(key);
  }

  /** Send all there is, one after another; a parcel in trouble does not stop the others. */
  async sendAll(options) {
    const outcomes = [];
    for (const parcel of this.parcels()) outcomes.push(await this.send(parcel, options));
    return outcomes;
  }
}
