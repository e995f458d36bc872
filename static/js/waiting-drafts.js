// Words that an earlier page could not send: sent now, and the page then shows them.
import { Outbox } from "./outbox.js";

const mark = document.getElementById("waiting-drafts");
if (mark && window.isSecureContext) {
  const outcomes = await new Outbox(mark.dataset.member).sendAll();
  if (outcomes.some((outcome) => outcome.stored)) location.reload();
}
