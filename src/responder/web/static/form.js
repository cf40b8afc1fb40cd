// Checks a number while it is typed. Everything here is a convenience: the server checks again, and the form works without.
"use strict";
(() => {
  const words = document.getElementById("words").dataset;
  const number = /^[+\-−]?(\d+(\.\d*)?|\.\d+)([eE][+\-]?\d+)?$/;

  function verdict(input) {
    const typed = input.value.trim();
    if (typed === "") return ["", ""];
    if (/^[+\-−]?[1-9]\d{0,2}[,，]\d{3}$/.test(typed)) return ["wrong", words.comma];
    const text = /^[+\-−]?\d+[,，]\d+$/.test(typed) ? typed.replace(/[,，]/, ".") : typed;
    // a number with a unit, a limit such as <5, thousands: the server reads them
    if (!number.test(text) && /\d/.test(text)) return ["", ""];
    if (!number.test(text)) return ["wrong", input.dataset.whole === "yes" ? words.whole : words.number];
    const value = Number(text.replace("−", "-"));
    const select = document.getElementById("u-" + input.name);
    const limits = JSON.parse(input.dataset.limits);
    const [low, high, least, most] = limits[select ? select.value : Object.keys(limits)[0]];
    if (input.dataset.whole === "yes" && !Number.isInteger(value)) return ["wrong", words.whole];
    if (low !== null && (value < low || value > high)) return ["wrong", between(words.implausible, low, high)];
    if (least !== null && (value < least || value > most)) return ["care", between(words.outside, least, most)];
    return ["", ""];
  }

  function between(text, low, high) {
    return text.replace("{low}", tidy(low)).replace("{high}", tidy(high));
  }

  function tidy(value) {
    return String(Number(value.toPrecision(4)));
  }

  function check(input) {
    const [state, text] = verdict(input);
    const live = document.getElementById("l-" + input.name);
    live.textContent = text;
    live.hidden = text === "";
    live.className = "live " + state;
    if (state === "wrong") input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    input.closest(".field").classList.toggle("wrong", state === "wrong");
    const error = document.getElementById("e-" + input.name);
    if (error) error.remove();
  }

  for (const input of document.querySelectorAll("input[data-limits]")) {
    input.addEventListener("input", () => check(input));
    const select = document.getElementById("u-" + input.name);
    if (select) {
      select.addEventListener("change", () => {
        document.getElementById("h-" + input.name).textContent = JSON.parse(input.dataset.hints)[select.value];
        check(input);
      });
    }
  }
  for (const field of document.querySelectorAll(".levels")) {
    field.addEventListener("change", (event) => {
      const none = field.querySelector(".none");
      const others = [...field.querySelectorAll("input:not(.none)")];
      if (event.target === none && none.checked) others.forEach((box) => { box.checked = false; });
      else if (event.target !== none && event.target.checked) none.checked = false;
    });
  }
  const print = document.getElementById("print");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }
  const arrival = document.getElementById("errors") || document.getElementById("result");
  if (arrival) arrival.focus();
})();
