// A coder's answers on their way to the server, in the order given. Each stays in this browser
// until a receipt has come or the server has refused it; the uid it got here makes sure that what
// is sent twice counts once. What people told is never kept here.
import { csrfToken } from "./csrf.js";
import { erase, keysUnder, read, write } from "./kept.js";

const PREFIX = "candid-coding:";
const LONGEST_WAIT = 30_000;
const PATIENCE = 20_000;
const REFUSED = [409, 422];

/** Tells "arrived" and "refused" of each parcel, "trouble", and "drained" when nothing is left. */
export class Queue extends EventTarget {
  constructor(member) {
    super();
    this.member = member;
    this.prefix = `${PREFIX}${member}:sent:`;
    this.trouble = "";
    this.lasts = true; // whether the browser keeps what is put in
    this.wait = 1000;
    this.number = 0;
    this.tried = new Set(); // uids that may have arrived, also where the browser keeps nothing
    this.holds = false; // whether this window is the one that sends
    this.sending = null;
  }

  /** Put in {uid, kind, assignment, url, body, …} and send it. */
  add(parcel) {
    this.keep(parcel);
    this.send();
  }

  keep(parcel) {
    this.number += 1;
    const place = `${Date.now()}-${String(this.number).padStart(6, "0")}`;
    const key = `${this.prefix}${place}`;
    this.lasts = write(key, JSON.stringify(parcel)) && this.lasts;
    return key;
  }

  /** What waits, the oldest first. */
  parcels() {
    return keysUnder(this.prefix).map((key) => ({ ...JSON.parse(read(key)), key }));
  }

  /** Put in what takes a parcel back; where no window tried to send that parcel, neither goes. */
  async undo(uid, parcel) {
    const key = this.keep(parcel);
    const annulled = await this.unlessOthersSend(() => this.annul(uid, key));
    if (annulled) this.tell(this.parcels().length ? "trouble" : "drained");
    else this.send();
  }

  async unlessOthersSend(act) {
    if (this.holds || !navigator.locks) return act();
    return navigator.locks.request(this.prefix, { ifAvailable: true }, (lock) => lock && act());
  }

  annul(uid, back) {
    const found = this.parcels().find((parcel) => parcel.uid === uid);
    if (!found || found.tried || this.tried.has(uid)) return false;
    erase(found.key);
    erase(back);
    return true;
  }

  /** Send what waits, by one window of the browser at a time. */
  send() {
    clearTimeout(this.timer);
    this.sending ??= this.alone().finally(() => {
      this.sending = null;
      if (!this.trouble && this.parcels().length) this.send();
    });
    return this.sending;
  }

  alone() {
    if (!navigator.locks) return this.sendAll();
    return navigator.locks.request(this.prefix, () => this.sendAll());
  }

  async sendAll() {
    this.holds = true;
    try {
      await this.sendEach();
    } finally {
      this.holds = false;
    }
  }

  async sendEach() {
    for (let [parcel] = this.parcels(); parcel; [parcel] = this.parcels()) {
      const outcome = await this.deliver(this.marked(parcel));
      if (outcome.trouble) return this.tryLater(outcome.trouble);
      erase(parcel.key);
      Object.assign(this, { trouble: "", wait: 1000 });
      this.tell(outcome.refused ? "refused" : "arrived", { parcel, ...outcome });
    }
    this.trouble = "";
    this.tell("drained");
  }

  /** Say of a parcel that it may have arrived, to every window. */
  marked({ key, ...parcel }) {
    this.tried.add(parcel.uid);
    if (!parcel.tried) write(key, JSON.stringify({ ...parcel, tried: true }));
    return parcel;
  }

  async deliver({ url, body }) {
    let answer;
    try {
      answer = await fetch(url, {
        method: "POST",
        body: new URLSearchParams({ ...body, member: this.member }),
        headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
        redirect: "manual",
        cache: "no-store",
        keepalive: true,
        signal: AbortSignal.timeout(PATIENCE),
      });
    } catch {
      return { trouble: "offline" };
    }
    const said = await answer.json().catch(() => null);
    if (answer.ok && said?.parts) return { receipt: said };
    if (REFUSED.includes(answer.status) && said?.error) return { refused: said };
    return { trouble: String(answer.status) };
  }

  tryLater(trouble) {
    this.trouble = trouble;
    this.timer = setTimeout(() => this.send(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
    this.tell("trouble");
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** Answers begun but not given, and answers refused, of one member by assignment. */
export class Halves {
  constructor(member) {
    this.prefix = `${PREFIX}${member}`;
  }

  half(assignment) {
    return JSON.parse(read(`${this.prefix}:half:${assignment}`));
  }

  keep(assignment, half) {
    const key = `${this.prefix}:half:${assignment}`;
    const { category, unsure, flagged, note } = half;
    if (category || unsure || flagged || note) {
      write(key, JSON.stringify({ ...half, at: Date.now() }));
    } else erase(key);
  }

  drop(assignment) {
    erase(`${this.prefix}:half:${assignment}`);
    erase(`${this.prefix}:refused:${assignment}`);
  }

  /** What the server refused: {assignment, show, error, note, gone}. */
  refusals() {
    return keysUnder(`${this.prefix}:refused:`).map((key) => JSON.parse(read(key)));
  }

  keepRefusal(refusal) {
    write(`${this.prefix}:refused:${refusal.assignment}`, JSON.stringify(refusal));
  }

  forgetRefusal(assignment) {
    erase(`${this.prefix}:refused:${assignment}`);
  }

  /** Where the coder is in a scheme: {assignment, show}. */
  place(scheme) {
    return JSON.parse(read(`${this.prefix}:at:${scheme}`));
  }

  keepPlace(scheme, place) {
    write(`${this.prefix}:at:${scheme}`, JSON.stringify(place));
  }
}
