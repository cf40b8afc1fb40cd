// Renews the progress of a training, and checks a description after each answer. Conveniences: without it the page of a
// training renews itself as a whole, and answers are checked when they are saved.
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
(() => {
  // What is typed while the answer is under way stays, and so do the focus and what was unfolded.
  if (!document.getElementById("describe")) return;
  const main = document.getElementById("main");
  let sent = null;
  let again = false;
  const fields = () => [...document.querySelectorAll("#describe :is(select, input:not([type=hidden]))")];
  const valueOf = (field) => (field.type === "checkbox" ? field.checked : field.value);
  const nameOf = (field) => `${field.name}\n${field.type === "checkbox" ? field.value : ""}`;
  const values = () => new Map(fields().map((field) => [nameOf(field), valueOf(field)]));
  const drawn = (field) => {
    if (field.type === "checkbox") return field.defaultChecked;
    if (!field.options) return field.defaultValue;
    const option = [...field.options].find((one) => one.defaultSelected) || field.options[0];
    return option.value;
  };
  const isChanged = (field) => "given" in field.dataset || valueOf(field) !== drawn(field);
  const opened = () => new Set([...main.querySelectorAll("details[open] > summary[id]")].map((summary) => summary.id));

  function put(fresh) {
    const now = values();
    const unfolded = opened();
    const focus = document.activeElement;
    const at = focus && focus.type === "text" ? [focus.selectionStart, focus.selectionEnd] : null;
    main.replaceChildren(...fresh.childNodes);
    for (const field of fields()) {
      const name = nameOf(field);
      if (now.has(name) && now.get(name) !== sent.get(name)) {
        if (field.type === "checkbox") field.checked = now.get(name);
        else field.value = now.get(name);
      }
    }
    for (const id of unfolded) {
      const summary = document.getElementById(id);
      if (summary) summary.parentElement.open = true;
    }
    const same = focus && focus.id && document.getElementById(focus.id);
    if (same) {
      const folded = same.closest("details:not([open])");
      if (folded) folded.open = true;
      same.focus({ preventScroll: true });
      if (at && same.type === "text") same.setSelectionRange(...at);
    }
  }

  async function draw(address, asked) {
    const answer = await fetch(address, asked);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
    if (fresh && fresh.querySelector("#describe")) put(fresh);
  }

  // First the answer, which is quick, then the check, which may take seconds in a large table.
  async function check() {
    if (sent) {
      again = true;
      return;
    }
    const form = document.getElementById("describe");
    sent = values();
    main.setAttribute("aria-busy", "true");
    try {
      const body = new URLSearchParams(new FormData(form));
      const changed = new Set(fields().filter(isChanged).map((field) => field.name));
      for (const field of fields()) if (!changed.has(field.name)) body.delete(field.name); // suggestions stay open
      body.set("part", "1");
      await draw(form.action, { method: "POST", body, credentials: "same-origin" });
      const checked = document.querySelector("#check[data-again]");
      if (checked && !again) {
        sent = values();
        await draw(checked.dataset.again, { credentials: "same-origin" });
      }
    } catch {
      // the workbench was stopped: the button says so
    }
    main.removeAttribute("aria-busy");
    sent = null;
    if (again) {
      again = false;
      check();
    }
  }
  main.addEventListener("change", (event) => {
    if (event.target.closest("#describe")) check();
  });
})();
(() => {
  // A link that fills a place of this page with that of another, in place of going there.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-fill]");
    if (!link) return;
    event.preventDefault();
    const place = document.getElementById(link.dataset.fill);
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(link.href, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(place.id) || page.querySelector(".errors");
      place.replaceChildren(...(place.id === fresh.id ? fresh.childNodes : [fresh]));
    } catch {
      window.location.assign(link.href);
    }
    place.removeAttribute("aria-busy");
  });
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
