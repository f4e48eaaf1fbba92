// Passkeys: asks the server for a question, lets the browser's passkey answer it, and sends the answer with the form.
(() => {
  "use strict";
  const known = window.PublicKeyCredential;
  if (!known || !known.parseCreationOptionsFromJSON || !known.parseRequestOptionsFromJSON) return;

  async function answer(box, form) {
    const response = await fetch(box.dataset.question, {
      method: "POST", credentials: "same-origin", body: new URLSearchParams({ csrf_token: form.csrf_token.value }),
    });
    if (!response.ok) throw new Error(response.status);
    const question = await response.json();
    return box.dataset.passkey === "create"
      ? navigator.credentials.create({ publicKey: known.parseCreationOptionsFromJSON(question) })
      : navigator.credentials.get({ publicKey: known.parseRequestOptionsFromJSON(question) });
  }

  for (const box of document.querySelectorAll("[data-passkey]")) {
    const form = box.querySelector("form");
    const failure = box.querySelector("[role=alert]");
    box.hidden = false;
    box.parentElement.querySelector("[data-no-passkey]").hidden = true;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      failure.hidden = true;
      try {
        const credential = await answer(box, form);
        form.elements.credential.value = JSON.stringify(credential.toJSON());
        form.submit();
      } catch {
        failure.hidden = false;
      }
    });
  }
})();
