// Employers' lists, one pair after another with progress; without this script the form sends all files together.
"use strict";

const form = document.querySelector("[data-upload]");
const drop = form.querySelector(".drop");
const progress = form.querySelector("progress");
const find = (name) => form.querySelector(`[data-${name}]`);
let chosen = [];

const choose = (files, onlyLists) => {
  const known = new Set(chosen.map((file) => file.key));
  for (const file of files) {
    file.path ||= file.webkitRelativePath;
    file.key = file.path || `${file.name} ${file.size} ${file.lastModified}`;
    if (!known.has(file.key) && (!onlyLists || /\.(dbf|zip)$/i.test(file.name))) chosen.push(file);
  }
  find("many").hidden = chosen.length <= Number(form.dataset.most);
  find("chosen").hidden = chosen.length === 0;
  find("chosen").querySelector("strong").textContent = chosen.length.toLocaleString(document.documentElement.lang);
};

// All files below what was dropped, folders included.
const filesIn = async (entry) => {
  if (entry.isFile) {
    const file = await new Promise((done, failed) => entry.file(done, failed));
    file.path = entry.fullPath.slice(1);
    return [file];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return found;
    for (const one of some) found.push(...(await filesIn(one)));
  }
};

const post = async (url, fields) => {
  const body = new FormData();
  body.append("csrf_token", form.elements.csrf_token.value);
  for (const [name, value, as] of fields) as ? body.append(name, value, as) : body.append(name, value);
  const answer = await fetch(url, { method: "POST", body });
  // The session has ended: its sign-in page leads back here.
  if (answer.redirected) return window.location.reload();
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
};

// Only the server opens archives, so it gets all files in one request, as without this script.
const sendWhole = async () => {
  const body = new FormData();
  body.append("csrf_token", form.elements.csrf_token.value);
  for (const file of chosen) body.append("files", file, file.path || file.name);
  const answer = await fetch(form.action, { method: "POST", body });
  if (!answer.ok || !answer.redirected) throw new Error(answer.status);
  window.location.assign(answer.url);
};

const send = async () => {
  if (chosen.some((file) => /\.zip$/i.test(file.name))) return sendWhole();
  const heads = chosen.map((file) => ["heads", file.slice(0, Number(form.dataset.head)), file.path || file.name]);
  const plan = await post(form.action, [...heads, ["sizes", JSON.stringify(chosen.map((file) => file.size))]]);
  if (!plan) return;
  progress.max = plan.pairs.length || 1;
  progress.value = 0;
  progress.hidden = find("running").hidden = false;
  for (const [done, pair] of plan.pairs.entries()) {
    find("running").querySelector("strong").textContent =
      [done + 1, plan.pairs.length].map((n) => n.toLocaleString(document.documentElement.lang)).join(" / ");
    const files = [["header", chosen[pair.header], "DSKKAR00.DBF"], ["workers", chosen[pair.workers], "DSKWOR00.DBF"]];
    if (!(await post(plan.url, [["number", pair.number], ...files]))) return;
    progress.value = done + 1;
  }
  window.location.assign(plan.url);
};

form.querySelectorAll("[data-each], .drop-hint").forEach((hint) => { hint.hidden = false; });
for (const input of form.querySelectorAll("input[type=file]")) {
  const take = () => choose(input.files, input.hasAttribute("webkitdirectory"));
  input.addEventListener("change", take);
  // Files may have been chosen before this script came.
  take();
}
drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", async (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  // Entries are gone after the first wait.
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  for (const entry of entries) choose(await filesIn(entry), entry.isDirectory);
});
form.addEventListener("submit", async (event) => {
  // Without files the server reports what is missing.
  if (chosen.length === 0) return;
  event.preventDefault();
  if (!find("many").hidden) return;
  const button = form.querySelector("button");
  button.disabled = true;
  find("lost").hidden = true;
  try {
    await send();
  } catch {
    find("lost").hidden = false;
    progress.hidden = find("running").hidden = true;
  } finally {
    button.disabled = false;
  }
});
