// What makes pages more comfortable; every page works without it.
"use strict";

// The warning before a session ends, and a button that keeps it.
const ending = document.querySelector("[data-ends-in]");
if (ending) {
  const idle = Number(ending.dataset.endsIn) * 1000;
  const warnBefore = Number(ending.dataset.warnBefore) * 1000;
  let timer;
  const wait = () => {
    clearTimeout(timer);
    ending.hidden = true;
    timer = setTimeout(() => {
      ending.hidden = false;
      // A form stays, and keeps what is in it; a page about a person goes.
      if (!document.querySelector("main form")) timer = setTimeout(() => window.location.reload(), warnBefore);
    }, idle - warnBefore);
  };
  ending.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(event.target.action, { method: "POST", body: new FormData(event.target) });
    if (answer.ok) wait();
    else window.location.reload();
  });
  wait();
}

// One press sends a form once; the service would take the second for the first anyway.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 5000);
  });
}

// The first thing said about a form that was refused.
document.querySelector(".summary")?.focus();

// What only makes sense with a script: printing and copying.
for (const button of document.querySelectorAll("[data-print], [data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    if ("print" in button.dataset) return window.print();
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.textContent = button.dataset.done;
  });
}
