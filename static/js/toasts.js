// Messages that stay until the reader closes them.

const region = () => document.getElementById("messages");

/**
 * Show a message, and return it; level is one of success, info, warning, error; undo, the address that takes it
 * back; link, the address and words of what is to be done next.
 */
export function toast(text, level = "info", undo = "", link = null) {
  const template = document.getElementById(`message-${level}`) ?? document.getElementById("message-info");
  const note = template.content.firstElementChild.cloneNode(true);
  note.querySelector("[data-text]").textContent = text;
  if (link?.href) {
    const next = Object.assign(document.createElement("a"), { href: link.href, textContent: link.text });
    note.querySelector("[data-text]").append(" ", next);
  }
  if (undo) {
    const form = document.getElementById("message-undo").content.firstElementChild.cloneNode(true);
    form.action = undo;
    note.querySelector("[data-close]").before(form);
  }
  region().append(note);
  note.scrollIntoView({ block: "nearest" });
  return note;
}

/** Say something to screen readers only. */
export function announce(text) {
  const announcer = document.getElementById("announcer");
  announcer.textContent = "";
  setTimeout(() => {
    announcer.textContent = text;
  }, 50);
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-close]")?.closest(".note")?.remove();
});

// A view answers with HX-Trigger: {"toast": {"text": "…", "level": "success", "undo": "/…/"}}.
document.addEventListener("toast", ({ detail }) =>
  toast(detail.text, detail.level, detail.undo, detail.link),
);
