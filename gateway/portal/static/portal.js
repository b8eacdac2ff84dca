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
      // A form stays, and keeps what is in it; a page about a person goes, also one with a search or buttons.
      if (!document.querySelector("main form[method=post] :is(input:not([type=hidden]), select, textarea)")) timer = setTimeout(() => window.location.reload(), warnBefore);
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

// An answer is shown until its permit ends; the page that replaces it comes from the server.
const answer = document.querySelector("[data-recheck]");
const isShown = async () => {
  const found = await fetch(answer.dataset.recheck, { headers: { "Portal-Poll": "1" } }).catch(() => null);
  if (found && !found.ok) window.location.reload();
  return !found || found.ok;
};
if (answer) {
  setInterval(() => document.hidden || isShown(), 30000);
  document.addEventListener("visibilitychange", () => document.hidden || isShown());
}

// How far an import is; once it has ended, the whole page comes again, with what was found.
const underway = document.querySelector("[data-progress]");
const showProgress = async () => {
  const found = await fetch(window.location.href, { headers: { "Portal-Poll": "1" } }).catch(() => null);
  if (!found) return;
  const page = new DOMParser().parseFromString(await found.text(), "text/html");
  const now = page.querySelector("[data-progress]");
  if (now) underway.replaceChildren(...now.childNodes);
  else if (found.status < 500) window.location.reload();
};
if (underway) setInterval(() => document.hidden || showProgress(), 5000);

// What only makes sense with a script: printing and copying.
for (const button of document.querySelectorAll("[data-print], [data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    if ("print" in button.dataset) return answer && !(await isShown()) ? undefined : window.print();
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.textContent = button.dataset.done;
  });
}

// Files dropped anywhere on their field's place, and one that is too large said before it is sent.
for (const place of document.querySelectorAll("[data-drop]")) {
  const input = place.querySelector("input[type=file]");
  const mistake = place.querySelector("[role=alert]");
  place.querySelector(".drop-hint").hidden = false;
  for (const [name, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    place.addEventListener(name, (event) => {
      event.preventDefault();
      place.classList.toggle("over", over);
      if (name === "drop" && event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        input.dispatchEvent(new Event("change"));
      }
    });
  }
  const tooLarge = () => [...input.files].some((file) => file.size > Number(place.dataset.most));
  input.addEventListener("change", () => {
    mistake.hidden = !tooLarge();
    mistake.textContent = mistake.hidden ? "" : place.dataset.tooLarge;
  });
  // Heard before the form is taken for sent.
  input.form.addEventListener("submit", (event) => {
    if (!tooLarge()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    input.focus();
  }, { capture: true });
}

// A page that asks where things stand until they stand still; a person's session does not live on by it.
const moving = document.querySelector("[data-poll]");
if (moving) {
  let wait = 1500;
  const ask = async () => {
    wait = Math.min(wait * 1.2, 10000);
    const answer = document.hidden ? null : await fetch(moving.dataset.poll, { headers: { "Portal-Poll": "1" } }).catch(() => null);
    if (answer && answer.status < 500 && !answer.ok) return window.location.reload();
    const found = answer?.ok ? await answer.json() : { moving: true };
    if (found.state && found.state !== moving.dataset.state) {
      moving.dataset.state = found.state;
      moving.innerHTML = found.shown;
      wait = 1500;
    }
    if (found.moving) setTimeout(ask, wait);
  };
  setTimeout(ask, wait);
}

// A password can be shown while it is typed; it is hidden again before the form is sent.
const words = document.body.dataset;
for (const input of document.querySelectorAll("input[type=password]")) {
  const button = document.createElement("button");
  const show = (isShown) => {
    input.type = isShown ? "text" : "password";
    button.textContent = isShown ? words.hidePassword : words.showPassword;
    button.setAttribute("aria-pressed", String(isShown));
  };
  button.type = "button";
  button.className = "link show-password";
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => show(input.type === "password"));
  input.form?.addEventListener("submit", () => show(false), { capture: true });
  input.after(button);
  show(false);
}

// What needs a browser with passkeys.
if (window.PublicKeyCredential) for (const place of document.querySelectorAll("[data-with-passkeys]")) place.hidden = false;
