// Days and months in both calendars, and figures in the digits of a language.
"use strict";

const DAY = 86_400_000;
const JALALI = new Intl.DateTimeFormat("en-u-ca-persian-nu-latn", {
  timeZone: "UTC",
  year: "numeric",
  month: "numeric",
  day: "numeric",
});

const toJalali = (time) => {
  const parts = Object.fromEntries(JALALI.formatToParts(time).map(({ type, value }) => [type, value]));
  return { year: Number(parts.year), month: Number(parts.month), day: Number(parts.day) };
};

// Returns the time at which a Jalali month begins: the browser's calendar is asked about the days nearby.
const findMonthStart = (year, month) => {
  const before = month <= 7 ? 31 * (month - 1) : 30 * (month - 1) + 6;
  const guess = Date.UTC(year + 621, 2, 21 + before);
  for (const days of [0, -1, 1, -2, 2]) {
    const time = guess + days * DAY;
    const found = toJalali(time);
    if (found.year === year && found.month === month && found.day === 1) return time;
  }
  return null;
};

const writeNumber = (number, words) => new Intl.NumberFormat(words.locale).format(number);

// A year or a serial number: the digits of the language, ungrouped.
const writeDigits = (text, words) => {
  const digit = new Intl.NumberFormat(words.locale, { useGrouping: false });
  return String(text).replace(/[0-9]/g, (one) => digit.format(Number(one)));
};

const writeGregorian = (time, words, parts) =>
  new Intl.DateTimeFormat(words.locale, { calendar: "gregory", timeZone: "UTC", ...parts }).format(time);

const writeJalaliMonth = (year, month, words) => `${words.months[month - 1]} ${writeDigits(year, words)}`;

// Returns a day in the calendar that the language counts by, and in the other one.
const writeDay = (time, words) => {
  const { year, month, day } = toJalali(time);
  const jalali = `${writeDigits(day, words)} ${writeJalaliMonth(year, month, words)}`;
  const gregorian = writeGregorian(time, words, { day: "numeric", month: "long", year: "numeric" });
  return words.isJalaliFirst ? [jalali, gregorian] : [gregorian, jalali];
};

// Returns a month of a token, and its months in the Gregorian calendar.
const writeMonth = (number, words) => {
  const [year, month] = [Math.floor(number / 12), (number % 12) + 1];
  const start = findMonthStart(year, month);
  const jalali = writeJalaliMonth(year, month, words);
  if (start === null) return [jalali, ""];
  const end = start + 28 * DAY;
  const isOneYear = new Date(start).getUTCFullYear() === new Date(end).getUTCFullYear();
  const first = writeGregorian(start, words, isOneYear ? { month: "long" } : { month: "long", year: "numeric" });
  const last = writeGregorian(end, words, { month: "long", year: "numeric" });
  const gregorian = `${first} ${words.to} ${last}`;
  return words.isJalaliFirst ? [jalali, gregorian] : [gregorian, jalali];
};

// Returns a Jalali year, and the two Gregorian years in which it lies.
const writeYear = (year, words) => {
  const both = `${writeDigits(year + 621, words)} ${words.or} ${writeDigits(year + 622, words)}`;
  return words.isJalaliFirst ? [writeDigits(year, words), both] : [both, writeDigits(year, words)];
};
