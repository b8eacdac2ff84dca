"""Formats of numbers, dates and codes on paper, in Persian digits that neither break nor reverse.

Used by `page`, `tables` and `marks`.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import groupby

from markupsafe import Markup

from services.kit.jalali import TEHRAN, JalaliMonth, format_long_date, to_tehran_date
from services.kit.text import group_thousands, to_persian_digits
from services.pdfworker.letter.statement import Duration

NO_BREAK_SPACE = "\u00a0"
NO_LIST = "—"
GROUP_SIZE = 4


def format_count(number: int, unit: str) -> str:
    """Return a number with its unit, joined by a no-break space: «۴٬۵۶۲ روز»."""
    return f"{group_thousands(number)}{NO_BREAK_SPACE}{unit}"


def format_duration(duration: Duration) -> str:
    """Return «۱۲ سال و ۸ ماه و ۲ روز» without the parts that are zero, or «۰ روز» if all are."""
    parts = ((duration.years, "سال"), (duration.months, "ماه"), (duration.days, "روز"))
    return " و ".join(format_count(number, unit) for number, unit in parts if number) or format_count(
        0, "روز"
    )


def group_digits(number: str) -> str:
    """Return the digits of a number in groups of four, joined by no-break spaces.

    The last group never has a single digit. Between digits that space keeps their order in right-to-left text
    too (class CS of the bidi algorithm).
    """
    digits = to_persian_digits(number)
    if not number.isdecimal():
        return digits
    groups = [digits[start : start + GROUP_SIZE] for start in range(0, len(digits), GROUP_SIZE)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = ["".join(groups[-2:])]
    return NO_BREAK_SPACE.join(groups)


def drop_markup(text: str) -> str:
    """Return a text without the tags that it has if it is Markup."""
    return text.striptags() if isinstance(text, Markup) else text


def isolate_text(text: str) -> Markup:
    """Return a text, such as a code or an address, as an isolated left-to-right run."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(text)


def format_day(day: date) -> str:
    """Return a day without line breaks: «۱۵ مهر ۱۴۰۳»."""
    return format_long_date(day).replace(" ", NO_BREAK_SPACE)


def format_moment_day(moment: datetime) -> str:
    """Return the day of a moment in Iran's time: «۱۵ مهر ۱۴۰۳»."""
    return format_day(to_tehran_date(moment))


def format_moment(moment: datetime) -> str:
    """Return a moment in Iran's time: «۱۵ مهر ۱۴۰۳ ساعت ۱۲:۰۵»."""
    clock = to_persian_digits(f"{moment.astimezone(TEHRAN):%H:%M}")
    return f"{format_moment_day(moment)} ساعت{NO_BREAK_SPACE}{clock}"


def format_month(month: JalaliMonth) -> str:
    """Return a month without line breaks: «مهر ۱۴۰۳»."""
    return month.words.replace(" ", NO_BREAK_SPACE)


def format_month_ranges(months: Iterable[JalaliMonth]) -> Iterator[str]:
    """Yield each run of consecutive months as one text: «مهر ۱۴۰۳ تا آذر ۱۴۰۳»."""
    ordered = enumerate(sorted(set(months)))
    for _, run in groupby(ordered, key=lambda pair: pair[1].year * 12 + pair[1].month - pair[0]):
        first, *rest = (month for _, month in run)
        yield f"{format_month(first)} تا {format_month(rest[-1])}" if rest else format_month(first)
