// Shows one of the states of components/receipt.html.

/** Show "saving", "saved", "unsaved", "offline" or "failed"; a saved one names its time. */
export function showReceipt(container, state, storedAt = null) {
  for (const part of container.querySelectorAll("[data-receipt]")) {
    part.hidden = part.dataset.receipt !== state;
  }
  container.dataset.receipts = state;
  const time = container.querySelector("[data-time]");
  if (storedAt && time) {
    time.dateTime = storedAt.toISOString();
    time.textContent = storedAt.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  }
}
