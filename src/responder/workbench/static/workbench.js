// Renews the progress of a training. A convenience: without it the page renews itself as a whole.
"use strict";
(() => {
  const place = document.getElementById("progress");
  const address = place && place.dataset.renew;
  if (!address) return;
  async function renew() {
    try {
      const answer = await fetch(address, { credentials: "same-origin" });
      const text = answer.ok ? await answer.text() : "";
      const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-state]");
      const old = place.querySelector("[data-state]");
      if (fresh && fresh.dataset.state !== old.dataset.state) {
        window.location.reload();
        return;
      }
      if (fresh && fresh.innerHTML !== old.innerHTML && !place.contains(document.activeElement)) {
        place.replaceChildren(fresh);
      }
    } catch {
      // the workbench was stopped: the training goes on, and so does asking
    }
    window.setTimeout(renew, 1000);
  }
  window.setTimeout(renew, 1000);
})();
