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
// Follows the sliders: asks again while they move. Without it the button asks.
(() => {
  const form = document.querySelector("form[data-follow]");
  if (!form) return;
  const place = document.getElementById(form.dataset.follow);
  let asked = 0, waiting = 0;
  async function ask() {
    const own = ++asked;
    const body = new URLSearchParams(new FormData(form));
    body.set("part", "1");
    try {
      const answer = await fetch(form.action, { method: "POST", body, credentials: "same-origin" });
      const text = await answer.text();
      const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-live]");
      if (own === asked && fresh) place.replaceChildren(fresh); // an answer to an older question comes too late
    } catch {
      // the workbench was stopped: the last answer stays
    }
  }
  form.addEventListener("input", (event) => {
    const told = event.target.labels && event.target.labels[0].querySelector("output");
    if (told) {
      told.textContent = String(Number(Number(event.target.value).toPrecision(4)));
      const unknown = event.target.closest(".field").querySelector("[name=not_known]");
      if (unknown) unknown.checked = false;
    }
    window.clearTimeout(waiting);
    waiting = window.setTimeout(ask, 60);
  });
})();
