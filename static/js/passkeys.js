// Passkeys and security keys: the browser's dialog between our button and the server's form.
// <button data-passkey="add|use|sign-in" data-field="id of the hidden field" data-options="id of the JSON">

/** What the browser makes a new key from; a passkey is kept on the device and asks for its owner. */
function toAdd(options, passwordless) {
  const asked = structuredClone(options.creation_options.publicKey);
  asked.authenticatorSelection = {
    ...asked.authenticatorSelection,
    residentKey: passwordless ? "required" : "discouraged",
    requireResidentKey: passwordless,
    ...(passwordless ? { userVerification: "required" } : {}),
  };
  return { publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked) };
}

function toUse(options) {
  const asked = options.request_options.publicKey;
  return { publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked) };
}

async function optionsFor(button) {
  if (button.dataset.options) {
    return JSON.parse(document.getElementById(button.dataset.options).textContent);
  }
  const answer = await fetch(button.form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

async function credentialFor(button) {
  const options = await optionsFor(button);
  if (button.dataset.passkey !== "add") return navigator.credentials.get(toUse(options));
  const passwordless = button.form.querySelector('[name="passwordless"]')?.checked ?? false;
  return navigator.credentials.create(toAdd(options, passwordless));
}

function sayTrouble(button) {
  const sentence = document.getElementById("passkey-trouble");
  sentence.hidden = false;
  sentence.focus();
  button.disabled = false;
}

for (const button of document.querySelectorAll("[data-passkey]")) {
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      const credential = await credentialFor(button);
      document.getElementById(button.dataset.field).value = JSON.stringify(credential.toJSON());
      button.form.submit();
    } catch {
      sayTrouble(button); // cancelled, unknown device, an old browser, or no https
    }
  });
}
