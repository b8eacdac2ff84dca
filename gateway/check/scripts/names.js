// Whether a typed name or number fits the check values of a token: as verify/govah_verify/check_values.py.
// The table of folding is that of verify/govah_verify/names.py.
"use strict";

const NATIONAL_CODE_DIGITS = 10;
const MOST_WORDS = 12;
const LONGEST_NAME = 250;
const SEPARATORS = /[\s\u200c\u2010-\u2015\u2212-]+/gu;

const isIn = (ranges, letter) => {
  const code = letter.codePointAt(0);
  return ranges.some(([first, last]) => first <= code && code <= last);
};
const without = (ranges, text) => [...text].filter((letter) => !isIn(ranges, letter)).join("");
const replaceLetters = (table, text) => [...text].map((letter) => table[letter] ?? letter).join("");
const replacePatterns = (patterns, text) =>
  patterns.reduce((changed, [pattern, word]) => changed.replace(new RegExp(pattern, "gu"), word), text);

const normaliseDigits = (text) => replaceLetters(setup.folding.digits, text);

const foldName = (text) => {
  const table = setup.folding;
  const shapeless = [...without(table.unseen, text).normalize("NFKC")]
    .map((letter) => table.cases[letter] ?? letter.toLowerCase())
    .join("");
  const marked = replacePatterns(table.marks, without(table.unseen, shapeless));
  const letters = normaliseDigits(without(table.passed_over, marked));
  const spelled = replaceLetters(table.letters, replacePatterns(table.hamzas, letters));
  return replacePatterns(table.spellings, spelled);
};

const computeValue = async (label, serial, text) => {
  const number = Number(serial);
  const bytes = Array.from({ length: 6 }, (_, place) => Math.floor(number / 256 ** (5 - place)) % 256);
  const encoder = new TextEncoder();
  const message = [...encoder.encode(label), 0, ...bytes, 0, ...encoder.encode(text)];
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(message)));
  return digest[0] * 256 + digest[1] || 1;
};

const fitsAny = async (value, label, serial, texts) => {
  const values = await Promise.all(texts.map((text) => computeValue(label, serial, text)));
  return values.includes(value);
};

// The name as typed, then with the last words first: many write the family name first.
const listOrders = (typed) => {
  const words = typed.split(/\s+/u).filter(Boolean);
  if (words.length > MOST_WORDS) return [typed];
  return words.map((_, place) => [...words.slice(place), ...words.slice(0, place)].join(" "));
};

const isSameName = (claims, typed) => {
  const names = listOrders([...typed].slice(0, LONGEST_NAME).join("")).map(foldName).filter(Boolean);
  return fitsAny(claims.nameValue, setup.labels.name, claims.serial, names);
};

// Returns the ASCII digits of a typed number, or null if the text is not a number.
const readTypedNumber = (typed) => {
  const digits = normaliseDigits(without(setup.folding.unseen, typed)).replace(SEPARATORS, "");
  return /^[0-9]{1,10}$/.test(digits) ? digits : null;
};

const isSameNumber = async (claims, typed) => {
  const number = readTypedNumber(typed);
  if (number === null) return false;
  const { nationalCode, insuranceNumber } = setup.labels;
  return (
    (await fitsAny(claims.numberValue, nationalCode, claims.serial, [number.padStart(NATIONAL_CODE_DIGITS, "0")])) ||
    (await fitsAny(claims.numberValue, insuranceNumber, claims.serial, [number.replace(/^0+/, "")]))
  );
};

// Whether ten digits are a national code: the last one checks the others.
const isNationalCode = (digits) => {
  const sum = [...digits.slice(0, 9)].reduce((total, digit, place) => total + Number(digit) * (10 - place), 0) % 11;
  return Number(digits[9]) === (sum < 2 ? sum : 11 - sum);
};
