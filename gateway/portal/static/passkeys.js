// Passkeys: the browser's authenticator answers the options of a form, which is then sent.
"use strict";

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const readOptions = (options) => {
  const decoded = { ...options, challenge: toBytes(options.challenge) };
  if (options.user) decoded.user = { ...options.user, id: toBytes(options.user.id) };
  for (const name of ["excludeCredentials", "allowCredentials"]) {
    if (options[name]) decoded[name] = options[name].map((one) => ({ ...one, id: toBytes(one.id) }));
  }
  return decoded;
};

const writeCredential = (credential) => {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response, clientExtensionResults: {} });
};

if (window.PublicKeyCredential) {
  for (const note of document.querySelectorAll("[data-no-passkeys]")) note.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("button");
    const mistake = form.querySelector("[role=alert]");
    button.hidden = false;
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      mistake.hidden = true;
      try {
        const publicKey = readOptions(JSON.parse(form.dataset.options));
        form.elements.credential.value = writeCredential(await navigator.credentials[form.dataset.passkey]({ publicKey }));
        form.submit();
      } catch {
        mistake.hidden = false;
      }
    });
  }
}

// Conditional mediation: the browser lists passkeys below the field of the account, once somebody is about to fill it in.
const offerPasskeys = async (form) => {
  const reply = await fetch(form.dataset.autofill, { method: "POST", body: new FormData(form) });
  if (!reply.ok) return;
  const { request_id: requestId, options } = await reply.json();
  const credential = await navigator.credentials.get({ publicKey: readOptions(options), mediation: "conditional" });
  form.elements.request_id.value = requestId;
  form.elements.credential.value = writeCredential(credential);
  form.submit();
};

for (const form of document.querySelectorAll("form[data-autofill]")) {
  const field = document.querySelector("[autocomplete~=webauthn]");
  window.PublicKeyCredential?.isConditionalMediationAvailable?.().then((isAvailable) => {
    // Without a passkey, or past the limit of challenges, people sign in with their password.
    if (isAvailable) field?.addEventListener("focus", () => offerPasskeys(form).catch(() => {}), { once: true });
  });
}
