// Employers' lists, one pair after another with progress; without this script the form sends all files together.
"use strict";

const form = document.querySelector("[data-upload]");
const drop = form.querySelector(".drop");
const progress = form.querySelector("progress");
const find = (name) => form.querySelector(`[data-${name}]`);
let chosen = [];
// What the server answered to the beginnings of the files, and how many of its pairs have arrived.
let plan = null;
let sent = 0;
let isSending = false;
// Archives that are being sent in parts, by file: what the server answered, and the parts that are missing.
const archives = new Map();

const say = (name, numbers) => {
  find(name).hidden = false;
  find(name).querySelector("strong").textContent =
    numbers.map((number) => number.toLocaleString(document.documentElement.lang)).join(" / ");
};

// The script leaves the page without a question.
const leave = (go) => {
  isSending = false;
  go();
};

// What was wrong with earlier files is no longer so.
const forgetMistakes = () => {
  plan = null;
  find("lost").hidden = true;
  document.querySelector(".summary")?.remove();
  for (const mistake of form.querySelectorAll(".field .error")) mistake.remove();
  for (const field of form.querySelectorAll(".field.wrong")) field.classList.remove("wrong");
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
};

const isArchive = (file) => /\.(zip|tar)$/i.test(file.name);
// Workers import large archives, and every tar archive; a small zip archive is imported immediately.
const isBulk = () =>
  chosen.every(isArchive) &&
  chosen.some((file) => file.size > Number(form.dataset.small) || /\.tar$/i.test(file.name));

const choose = (files, onlyLists) => {
  const known = new Set(chosen.map((file) => file.key));
  for (const file of files) {
    file.path ||= file.webkitRelativePath;
    file.key = file.path || `${file.name} ${file.size} ${file.lastModified}`;
    if (!known.has(file.key) && (!onlyLists || /\.(dbf|zip|tar)$/i.test(file.name))) chosen.push(file);
  }
  const isArchived = chosen.some(isArchive) && !isBulk();
  find("many").hidden = !isArchived || chosen.length <= Number(form.dataset.most);
  if (chosen.length > known.size) forgetMistakes();
  if (chosen.length) say("chosen", [chosen.length]);
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
  if (answer.redirected) return leave(() => window.location.reload());
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
  leave(() => window.location.assign(answer.url));
};

// Parts of each archive, those that are missing. After a break the same files go on where they were.
const sendArchives = async () => {
  progress.hidden = false;
  for (const file of chosen) {
    if (!archives.has(file.key)) {
      const begun = await post(form.dataset.archives, [["name", file.name], ["size", file.size]]);
      if (!begun) return;
      archives.set(file.key, { ...begun, total: begun.missing.length });
    }
    const archive = archives.get(file.key);
    progress.max = archive.total;
    while (archive.missing.length) {
      const number = archive.missing[0];
      progress.value = archive.total - archive.missing.length;
      say("parts", [archive.total - archive.missing.length + 1, archive.total]);
      const start = number * archive.part_size;
      const part = file.slice(start, start + archive.part_size);
      if (!(await post(`${archive.url}/parts/${number}`, [["part", part, "part"]]))) return;
      archive.missing.shift();
    }
    if (!(await post(`${archive.url}/completion`, []))) return;
  }
  const last = archives.get(chosen[0].key).url;
  leave(() => window.location.assign(chosen.length === 1 ? last : form.dataset.archives));
};

// The beginnings of all files, in portions of as many as a request may have; the answer to the last is the plan.
const announce = async () => {
  const most = Number(form.dataset.most);
  let upload = null;
  for (let start = 0; start < chosen.length; start += most) {
    say("reading", [start, chosen.length]);
    const portion = chosen.slice(start, start + most);
    const fields = portion.map((file) => ["heads", file.slice(0, Number(form.dataset.head)), file.path || file.name]);
    fields.push(["sizes", JSON.stringify(portion.map((file) => file.size))]);
    if (upload) fields.push(["upload", upload]);
    if (start + most < chosen.length) fields.push(["more", "yes"]);
    const answer = await post(form.action, fields);
    if (!answer || answer.url) return answer;
    upload = answer.upload;
  }
};

// After a break it goes on where it was, as long as the same files are chosen.
const send = async () => {
  if (isBulk()) return sendArchives();
  if (chosen.some(isArchive)) return sendWhole();
  if (!plan) {
    plan = await announce();
    sent = 0;
  }
  if (!plan) return;
  find("reading").hidden = true;
  progress.max = plan.pairs.length || 1;
  progress.hidden = false;
  while (sent < plan.pairs.length) {
    const pair = plan.pairs[sent];
    progress.value = sent;
    say("running", [sent + 1, plan.pairs.length]);
    const files = [["header", chosen[pair.header], "DSKKAR00.DBF"], ["workers", chosen[pair.workers], "DSKWOR00.DBF"]];
    if (!(await post(plan.url, [["number", pair.number], ...files]))) return;
    sent += 1;
  }
  leave(() => window.location.assign(plan.url));
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
  button.disabled = isSending = true;
  find("stay").hidden = false;
  find("lost").hidden = true;
  try {
    await send();
  } catch {
    find("lost").hidden = false;
    const link = form.querySelector("[data-sent]");
    link.hidden = !plan;
    if (plan) link.href = plan.url;
    progress.hidden = find("running").hidden = find("reading").hidden = find("parts").hidden = true;
  } finally {
    button.disabled = isSending = false;
    find("stay").hidden = true;
  }
});
window.addEventListener("beforeunload", (event) => {
  if (!isSending) return;
  event.preventDefault();
  // Older browsers ask only for this.
  event.returnValue = true;
});
