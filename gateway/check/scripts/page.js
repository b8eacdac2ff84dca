// What the page shows: the results in one of five languages. All texts are in the page.
"use strict";

const setup = JSON.parse(document.getElementById("setup").textContent);
const find = (id) => document.getElementById(id);
const PAGE_PATH = "/check";
const COLOURS = { genuine: "good", changed: "bad", "not-letter": "warn", "other-address": "bad", "other-serial": "bad" };
// Where a reader goes on from a result.
const WAYS = {
  genuine: ["liveState"],
  changed: ["letterCheck"],
  "key-unknown": ["newestPage", "letterCheck"],
  newer: ["newestPage"],
  "other-address": ["liveState"],
  "other-serial": ["letterCheck"],
  "serial-only": ["liveState"],
};
// The result and the sentences that are on the page now, to be written again in another language.
const shown = { result: null, status: "", textError: "", compareError: "", comparisons: [], worksOffline: false };
let words = setup.words.fa;

const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

// Returns the parts of a sentence whose {names} are replaced; what replaces them keeps its own direction.
const fill = (sentence, values) =>
  sentence
    .split(/\{(\w+)\}/)
    .map((part, place) => (place % 2 ? make("bdi", {}, values[part]) : part));

const describePage = () => ({
  day: writeDay(Date.parse(setup.day), words)[0],
  address: setup.address + PAGE_PATH,
});

const chooseLanguage = () => {
  const asked = [location.hash.slice(1), ...navigator.languages.map((one) => one.slice(0, 2).toLowerCase()), "en"];
  const code = asked.find((one) => Object.hasOwn(setup.words, one));
  words = setup.words[code];
  document.documentElement.lang = code;
  document.documentElement.dir = words.dir;
  document.title = `${words.title} – ${words.brand}`;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.lang === code) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  find("languages").setAttribute("aria-label", words.languages);
  find("video").setAttribute("aria-label", words.cameraView);
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = words[element.dataset.word];
  render();
};

const render = () => {
  const page = describePage();
  find("keys").replaceChildren(...fill(words.keys, page));
  find("save-hint").replaceChildren(...fill(words.saveHint, page));
  find("works-offline").textContent = shown.worksOffline ? words.worksOffline : "";
  find("status").replaceChildren(...(shown.status ? [words[shown.status], ...listStatusLinks()] : []));
  writeMistake("text", shown.textError);
  writeMistake("compare", shown.compareError);
  find("comparisons").replaceChildren(
    ...shown.comparisons.map(([key, mark]) => make("li", { className: mark }, words[key])),
  );
  find("result").hidden = !shown.result;
  if (shown.result) renderResult(shown.result, page);
};

const listStatusLinks = () => (shown.status === "pdf" ? [" ", makeLink("letterCheck", null, setup.address + "/letter-check")] : []);

const writeMistake = (form, key) => {
  find(`${form}-error`).textContent = key ? words[key] : "";
  if (form === "text") find("text").setAttribute("aria-invalid", String(Boolean(key)));
};

const renderResult = (result, page) => {
  const [title, advice] = words.verdicts[result.state];
  const { claims } = result;
  // A genuine QR code of another person proves that the letter is false.
  const differs = shown.comparisons.some(([, mark]) => mark === "bad");
  find("result").className = `card verdict ${differs ? "bad" : (COLOURS[result.state] ?? "warn")}`;
  find("result-heading").textContent = title;
  const address = result.state === "other-address" ? `${setup.address}/l/${result.serial}` : page.address;
  find("advice").replaceChildren(...fill(advice, { ...page, address }));
  find("facts").replaceChildren(...listFacts(result).map(makeFact));
  find("older").hidden = claims?.version !== 1;
  find("compare-form").hidden = claims?.version !== 2;
  find("limits").hidden = !claims;
  find("links").replaceChildren(
    ...(WAYS[result.state] ?? []).map((way) => make("li", {}, makeLink(way, result.serial))),
  );
};

const makeLink = (way, serial, text) => {
  const paths = { liveState: `/l/${serial}`, letterCheck: "/letter-check", newestPage: PAGE_PATH };
  return make("a", { href: setup.address + paths[way], rel: "noreferrer" }, text ?? words[way]);
};

// The rows of a result: a label, what is said, and the same in the other calendar.
const listFacts = ({ serial, claims }) => {
  const facts = serial ? [["serial", [writeDigits(serial, words)]]] : [];
  if (!claims) return facts;
  if (claims.initials) facts.push(["initials", [writeInitials(claims.initials), words.initialsHint]]);
  if (claims.birthYear) facts.push(["birthYear", writeYear(claims.birthYear, words)]);
  facts.push(["issuedOn", writeDay(claims.issuedOn * DAY, words)], ["totalDays", [writeNumber(claims.totalDays, words)]]);
  if (claims.firstMonth) facts.push(["firstMonth", writeMonth(claims.firstMonth, words)]);
  if (claims.lastMonth) facts.push(["lastMonth", writeMonth(claims.lastMonth, words)]);
  return facts;
};

const writeInitials = (initials) => [...initials].map((letter) => `${letter}.`).join(" ");

const makeFact = ([label, [value, beside]]) => {
  const said = make("dd", { translate: false }, make("bdi", {}, value));
  if (beside) said.append(" ", make("bdi", { className: "beside" }, `(${beside})`));
  return make("div", {}, make("dt", {}, words[label]), said);
};

const say = (status) => {
  shown.status = status;
  render();
};

// A former result must not be taken for that of the next letter.
const begin = (status) => {
  Object.assign(shown, { result: null, textError: "" });
  say(status);
};

const show = (result) => {
  Object.assign(shown, { result, status: "", textError: "", compareError: "", comparisons: [] });
  find("compare-form").reset();
  render();
  find("result-heading").focus();
};

// A picture may hold other QR codes. What speaks against a letter counts before what speaks for one.
const ORDER = ["changed", "other-address", "other-serial", "genuine", "key-unknown", "newer", "serial-only", "not-letter"];

const chooseResult = (results) => {
  const [first] = [...results].sort((one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state));
  // Nobody could tell which of the letters a person would be compared with.
  const serials = new Set(results.filter((one) => one.state === "genuine").map((one) => one.serial));
  return first.state === "genuine" && serials.size > 1 ? { state: "several" } : first;
};

const checkTexts = async (texts) => {
  if (!globalThis.crypto?.subtle) return say("insecure");
  return show(chooseResult(await Promise.all(texts.map(checkText))));
};

const camera = new Camera(find("video"), (texts) => {
  closeCamera();
  checkTexts(texts);
});

const closeCamera = () => {
  camera.stop();
  find("camera").hidden = true;
  find("open-camera").hidden = false;
};

const openCamera = async () => {
  begin("opening");
  find("camera").hidden = false;
  find("open-camera").hidden = true;
  find("close-camera").focus();
  try {
    await camera.start();
    say("looking");
  } catch (error) {
    closeCamera();
    find("open-camera").focus();
    say(error instanceof DOMException || error instanceof TypeError ? "noCamera" : "noReader");
  }
};

const readFile = async (file) => {
  closeCamera();
  begin("reading");
  if (await isPdf(file)) return say("pdf");
  try {
    await loadLibrary();
  } catch {
    return say("noReader");
  }
  let texts;
  try {
    texts = await readPicture(file);
  } catch {
    return say("noPicture");
  }
  return texts.length ? checkTexts(texts) : say("noCode");
};

const compare = async (claims) => {
  const [name, number] = [find("full-name").value.trim(), find("number").value.trim()];
  shown.compareError = name || number ? "" : "noTyped";
  shown.comparisons = [];
  if (name) shown.comparisons.push(await compareName(claims, name));
  if (number) shown.comparisons.push(await compareNumber(claims, number));
  render();
  if (shown.compareError) find("full-name").focus();
};

const compareName = async (claims, name) => {
  if (!claims.nameValue) return ["nameMissing", "warn"];
  if (await isSameName(claims, name)) return ["nameFits", "good"];
  return /\p{Script=Arabic}/u.test(name) ? ["nameDiffers", "bad"] : ["nameLatin", "warn"];
};

const compareNumber = async (claims, typed) => {
  const number = readTypedNumber(typed);
  if (number === null) return ["numberWrong", "warn"];
  if (!claims.numberValue) return ["numberMissing", "warn"];
  if (await isSameNumber(claims, typed)) return ["numberFits", "good"];
  const isMistyped = !isNationalCode(number.padStart(NATIONAL_CODE_DIGITS, "0"));
  return isMistyped ? ["numberMistyped", "warn"] : ["numberDiffers", "bad"];
};

// Online, a worker keeps the page on the device. A saved file is there already.
const keepPage = async () => {
  const isServed = location.protocol.startsWith("http");
  find("save").hidden = !isServed;
  if (!isServed || !navigator.serviceWorker) return;
  await navigator.serviceWorker.register(`${PAGE_PATH}/worker.js`, { scope: PAGE_PATH });
  await navigator.serviceWorker.ready;
  shown.worksOffline = true;
  render();
};

find("open-camera").addEventListener("click", openCamera);
find("close-camera").addEventListener("click", () => {
  closeCamera();
  say("");
  find("open-camera").focus();
});
find("picture").addEventListener("change", ({ target }) => {
  const [file] = target.files;
  // The same file can be chosen again.
  if (file) readFile(file).finally(() => (target.value = ""));
});
find("text-form").addEventListener("submit", (event) => {
  event.preventDefault();
  closeCamera();
  begin("");
  const text = find("text").value.trim();
  if (text) return checkTexts([text]);
  shown.textError = "noText";
  render();
  return find("text").focus();
});
find("compare-form").addEventListener("submit", (event) => {
  event.preventDefault();
  compare(shown.result.claims);
});
addEventListener("hashchange", chooseLanguage);
document.addEventListener("visibilitychange", () => {
  if (document.hidden && camera.stream) closeCamera();
});
find("trial").hidden = !setup.isTrial;
chooseLanguage();
document.documentElement.dataset.ready = "true";
keepPage().catch(() => {});
