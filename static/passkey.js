// Passkeys in the browser: a form with data-passkey is shown where the browser knows them; its button asks the device, then sends the form.
"use strict";
(() => {
  const makes = { make: ["create", "parseCreationOptionsFromJSON"], enter: ["get", "parseRequestOptionsFromJSON"] };
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const [ask, read] = makes[form.dataset.passkey];
    if (!window.PublicKeyCredential?.[read]) continue;
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      if (form.elements.credential.value) return;
      event.preventDefault();
      try {
        const token = form.elements.csrf_token.value;
        const answer = await fetch(form.dataset.options, { method: "POST", headers: { "X-CSRFToken": token } });
        if (!answer.ok) return location.reload();
        const found = await navigator.credentials[ask]({ publicKey: PublicKeyCredential[read](await answer.json()) });
        form.elements.credential.value = JSON.stringify(found);
        form.submit();
      } catch { // the person said no, or there is no passkey: the link in a letter is there as before
        form.querySelector("[data-passkey-no]")?.removeAttribute("hidden");
      }
    });
  }
})();
