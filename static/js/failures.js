// What a reader is told when a request of htmx does not succeed. Sentences come from base.html,
// translated; nothing on the page is replaced, so nothing typed is lost.

const NETWORK = ["htmx:sendError", "htmx:timeout"];
const KNOWN = ["401", "403", "404", "429"];

/** Show the prepared notice of that name once, however often the failure repeats. */
export function showFailure(name) {
  if (document.querySelector(`#messages [data-failure="${name}"]`)) return;
  const template = document.getElementById(`failure-${name}`);
  if (template) document.getElementById("messages").append(template.content.cloneNode(true));
}

/** Take the notice away when the trouble is over. */
export function clearFailure(name) {
  document.querySelector(`#messages [data-failure="${name}"]`)?.remove();
}

for (const name of NETWORK) {
  document.addEventListener(name, () => showFailure("network"));
}

document.addEventListener("htmx:responseError", (event) => {
  const status = String(event.detail.xhr.status);
  showFailure(KNOWN.includes(status) ? status : "server");
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  clearFailure("network");
  clearFailure("401");
});
