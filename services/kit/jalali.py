"""Jalali months and dates, and durations counted in them. Called by records, letters, pages and samples.

Inside the code a day is a datetime.date and a month a JalaliMonth; the Jalali spelling is for edges only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from persiantools.jdatetime import MONTH_NAMES_EN, MONTH_NAMES_FA, JalaliDate

from services.kit.text import normalise_figures, to_persian_digits

TEHRAN = ZoneInfo("Asia/Tehran")

# Before it no insured person was born; after it the leap years are no longer settled.
FIRST_YEAR, LAST_YEAR = 1200, 1499

_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_DATE = re.compile(r"([0-9]{4})([-/])([0-9]{2})\2([0-9]{2})")
_LIST_DATE = re.compile("(?P<year>[0-9]{2}|[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_SEPARATED_LIST_DATE = re.compile(
    r"(?P<year>[0-9]{1,2}|[0-9]{4}) ?(?P<separator>[-/.\\ ]) ?"
    r"(?P<month>[0-9]{1,2}) ?(?P=separator) ?(?P<day>[0-9]{1,2})"
)
_BLANK_DATE = "0-/.\\ "


class JalaliInvalid(ValueError):
    """The text or numbers name no day or month of the Jalali calendar."""


@dataclass(frozen=True, order=True, slots=True)
class JalaliMonth:
    """A month of a year, 1 to 12; ordered, hashable, written "1403-07"."""

    year: int
    month: int

    def __post_init__(self) -> None:
        """Raise JalaliInvalid unless the year and the month exist."""
        if not (FIRST_YEAR <= self.year <= LAST_YEAR and 1 <= self.month <= 12):
            raise JalaliInvalid(f"no such Jalali month: {self.year}-{self.month}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the month written "1403-07" in any accepted digits; raises JalaliInvalid."""
        match = _MONTH.fullmatch(normalise_figures(text))
        if not match:
            raise JalaliInvalid("a Jalali month is written 1403-07")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def from_date(cls, day: date) -> Self:
        """Return the month that a day lies in."""
        year, month, _ = _convert_to_jalali(day)
        return cls(year, month)

    @property
    def days(self) -> int:
        """The month's length in days: 31, 30, or 29 for Esfand of a common year."""
        return int(JalaliDate.days_in_month(self.month, self.year))

    @property
    def first_day(self) -> date:
        """The day on which the month begins."""
        return to_date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The day on which the month ends."""
        return to_date(self.year, self.month, self.days)

    def add_months(self, months: int) -> Self:
        """Return the month that many months later, or earlier when negative."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return type(self)(year, month + 1)

    def iterate_until(self, last: Self) -> Iterator[Self]:
        """Yield this month and all after it up to and with the last; nothing when the last is earlier."""
        for months in range((last.year - self.year) * 12 + last.month - self.month + 1):
            yield self.add_months(months)

    def __str__(self) -> str:
        """Return "1403-07"."""
        return f"{self.year:04}-{self.month:02}"

    @property
    def words(self) -> str:
        """The month as people read it: «مهر ۱۴۰۳»."""
        return f"{get_month_name(self.month)} {to_persian_digits(self.year)}"

    @property
    def words_en(self) -> str:
        """The month in English: "Mehr 1403"."""
        return f"{MONTH_NAMES_EN[self.month]} {self.year}"


@dataclass(frozen=True, slots=True)
class Duration:
    """A count of days in years of 360 and months of 30 days."""

    years: int
    months: int
    days: int


def compute_duration(days: int) -> Duration:
    """Return days by the organisation's rule of 360 and 30; ValueError below 0."""
    if days < 0:
        raise ValueError("a duration has no negative days")
    return Duration(days // 360, days % 360 // 30, days % 30)


def get_month_name(month: int) -> str:
    """Return the Persian name of month 1 to 12."""
    return str(MONTH_NAMES_FA[month])


def expand_year(year: int) -> int:
    """Return the Jalali year of a list's two digits: 0-29 is 14YY, 30-99 is 13YY; raises JalaliInvalid."""
    if not 0 <= year <= 99:
        raise JalaliInvalid("a year of two digits is 0 to 99")
    return (1400 if year < 30 else 1300) + year


def to_date(year: int, month: int, day: int) -> date:
    """Return the datetime.date of a Jalali day; raises JalaliInvalid when there is no such day."""
    if not (FIRST_YEAR <= year <= LAST_YEAR and JalaliDate.check_date(year, month, day)):
        raise JalaliInvalid("no such Jalali date")
    return JalaliDate(year, month, day).to_gregorian()  # type: ignore[no-untyped-call]


def _convert_to_jalali(day: date) -> tuple[int, int, int]:
    jalali = JalaliDate(day)  # type: ignore[no-untyped-call]
    return jalali.year, jalali.month, jalali.day


def parse_jalali_date(text: str) -> date:
    """Return the day written "1403-07-15" or "1403/07/15" in any accepted digits; raises JalaliInvalid."""
    match = _DATE.fullmatch(normalise_figures(text))
    if not match:
        raise JalaliInvalid("a Jalali date is written 1403-07-15")
    return to_date(int(match[1]), int(match[3]), int(match[4]))


def format_jalali_date(day: date) -> str:
    """Return a day as "1403-07-15", for programs."""
    year, month, of_month = _convert_to_jalali(day)
    return f"{year:04}-{month:02}-{of_month:02}"


def parse_list_date(text: str) -> date | None:
    """Return the day of a date in an employer's list, None for a blank. Raises JalaliInvalid for others.

    It is written 14030715 or 030715, or with separators, and then perhaps with days and months of one digit.
    Zeros only are a blank. A year of two digits is expanded as `expand_year` does.
    """
    figures = normalise_figures(text)
    if not figures.strip(_BLANK_DATE):
        return None
    match = _LIST_DATE.fullmatch(figures) or _SEPARATED_LIST_DATE.fullmatch(figures)
    if not match:
        raise JalaliInvalid("a date in a list is written 14030715")
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    return to_date(year if len(match["year"]) == 4 else expand_year(year), month, day)


def format_list_date(day: date) -> str:
    """Return a day as "14030715", as in employers' lists."""
    return format_jalali_date(day).replace("-", "")


def format_long_date(day: date) -> str:
    """Return a day as people read it: «۱۵ مهر ۱۴۰۳»."""
    return f"{to_persian_digits(_convert_to_jalali(day)[2])} {JalaliMonth.from_date(day).words}"


def format_persian_date(day: date) -> str:
    """Return a day in Persian figures, in the order that reads right in right-to-left text: ۱۴۰۳/۰۷/۱۵."""
    return to_persian_digits(format_jalali_date(day).replace("-", "/"))


def to_tehran_date(moment: datetime) -> date:
    """Return the calendar day that a moment falls on in Iran; raises ValueError when it has no time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(TEHRAN).date()
