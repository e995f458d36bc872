// The token is read when a request leaves, because signing in again in another tab changes it.

const COOKIE = "csrftoken";

/** Return the CSRF token that is valid now. */
export function csrfToken() {
  const cookie = document.cookie.split("; ").find((pair) => pair.startsWith(`${COOKIE}=`));
  if (cookie) return decodeURIComponent(cookie.slice(COOKIE.length + 1));
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrfToken();
});

document.addEventListener("submit", (event) => {
  const hidden = event.target.querySelector('input[name="csrfmiddlewaretoken"]');
  const token = csrfToken();
  if (hidden && token) hidden.value = token;
});
