"""Numbers, months and dates in English, the Gregorian date beside the Jalali one.

Used by `page` and `tables`.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import groupby

from markupsafe import Markup
from persiantools.jdatetime import MONTH_NAMES_EN

from services.kit.jalali import TEHRAN, JalaliMonth, to_tehran_date
from services.kit.text import normalise_digits
from services.pdfworker.letter.figures import NO_BREAK_SPACE
from services.pdfworker.letter.marks import Figure
from services.pdfworker.letter.statement import Duration

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
JALALI_MONTHS: tuple[str, ...] = tuple(map(str, MONTH_NAMES_EN[1:]))
_SEPARATORS = str.maketrans({"٬": ",", "٫": ".", "،": ","})


def to_latin_figure(figure: Figure) -> Figure:
    """Return a printed figure with Latin digits, and with its marks: "1,234"."""
    latin = normalise_digits(str(figure)).translate(_SEPARATORS)
    return Markup(latin) if isinstance(figure, Markup) else latin  # noqa: S704 -- escaped before


def format_count(number: int, unit: str) -> str:
    """Return a number with its unit, which gets an s unless the number is 1: "4,562 days"."""
    return f"{number:,}{NO_BREAK_SPACE}{unit}{'' if number == 1 else 's'}"


def format_duration(duration: Duration) -> str:
    """Return "12 years, 8 months and 2 days" without the parts that are zero, or "0 days"."""
    parts = ((duration.years, "year"), (duration.months, "month"), (duration.days, "day"))
    counts = [format_count(number, unit) for number, unit in parts if number] or [format_count(0, "day")]
    return " and ".join([", ".join(counts[:-1]), counts[-1]] if len(counts) > 1 else counts)


def format_gregorian_day(day: date) -> str:
    """Return "1 May 1981"."""
    return NO_BREAK_SPACE.join((str(day.day), MONTHS[day.month - 1], str(day.year)))


def format_day(day: date) -> str:
    """Return "11 Ordibehesht 1360 (1 May 1981)"."""
    month = JalaliMonth.from_date(day)
    number = (day - month.first_day).days + 1
    return f"{number}{NO_BREAK_SPACE}{format_month(month)} ({format_gregorian_day(day)})"


def format_moment_day(moment: datetime) -> str:
    """Return the day of a moment in Iran's time: "1 Azar 1405 (22 November 2026)"."""
    return format_day(to_tehran_date(moment))


def format_moment(moment: datetime) -> str:
    """Return a moment in Iran's time: "1 Azar 1405 (22 November 2026) at 12:05"."""
    return f"{format_moment_day(moment)} at{NO_BREAK_SPACE}{moment.astimezone(TEHRAN):%H:%M}"


def format_month(month: JalaliMonth) -> str:
    """Return "Mehr 1403"."""
    return month.words_en.replace(" ", NO_BREAK_SPACE)


def format_span(first: date, last: date) -> str:
    """Return the first and the last day of a span: "21 Mar – 20 Apr 2023", or with both years."""
    begin = f"{first.day} {MONTHS[first.month - 1][:3]}"
    end = f"{last.day} {MONTHS[last.month - 1][:3]} {last.year}"
    years = f" {first.year}" if first.year != last.year else ""
    return f"{begin}{years} – {end}".replace(" ", NO_BREAK_SPACE)


def format_month_span(month: JalaliMonth) -> str:
    """Return the Gregorian days of a month: "21 Mar – 20 Apr 2023"."""
    return format_span(month.first_day, month.last_day)


def format_year_span(year: int) -> str:
    """Return the Gregorian days of a Jalali year: "21 Mar 2023 – 19 Mar 2024"."""
    return format_span(JalaliMonth(year, 1).first_day, JalaliMonth(year, 12).last_day)


def format_month_ranges(months: Iterable[JalaliMonth]) -> Iterator[str]:
    """Yield each run of consecutive months as one text: "Mehr 1403 to Azar 1403"."""
    ordered = enumerate(sorted(set(months)))
    for _, run in groupby(ordered, key=lambda pair: pair[1].year * 12 + pair[1].month - pair[0]):
        first, *rest = (month for _, month in run)
        yield f"{format_month(first)} to {format_month(rest[-1])}" if rest else format_month(first)
