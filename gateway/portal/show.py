"""How figures, dates, codes and states look on screen: the templates' filters and tests."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from flask import Flask
from flask_babel import get_locale, gettext, ngettext
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from persiantools.jdatetime import MONTH_NAMES_EN

from gateway.portal.statement_marks import list_marks, number_objections
from gateway.portal.statement_years import list_years_of_days, list_years_of_wages
from govah_client.own_records import Totals
from services.kit import jalali, text
from services.kit.statement_types import StatementType
from services.kit.waits import describe_moment, describe_wait

COLOURS = {
    **dict.fromkeys(("ready", "valid", "active", "accepted", "genuine"), "good"),
    **dict.fromkeys(("confirmed", "same-person", "assigned"), "good"),
    **dict.fromkeys(
        (
            "failed",
            "revoked",
            "rejected",
            "expired",
            "altered",
            "not-ours",
            "used-up",
            "ended",
            "letter-revoked",
        ),
        "bad",
    ),
    **dict.fromkeys(("refused", "error"), "bad"),
    "import-done": "good",
    "import-failed": "bad",
    **dict.fromkeys(("import-receiving", "import-queued", "import-running"), "waiting"),
    **dict.fromkeys(("reported", "objected"), "waiting"),
    "decided": "good",
    **dict.fromkeys(("not-sent", "warning", "cannot-tell", "held"), "waiting"),
    **dict.fromkeys(
        ("queued", "rendering", "submitted", "proposed", "paused", "superseded", "held"), "waiting"
    ),
}


def is_persian() -> bool:
    """Return whether the reader's language is Persian."""
    return str(get_locale()) == "fa"


def _get_language() -> str:
    return "fa" if is_persian() else "en"


def format_digits(value: object) -> str:
    """Return the value with the digits of the reader's language."""
    return text.to_persian_digits(str(value)) if is_persian() else str(value)


def format_number(value: int) -> str:
    """Return a whole number, grouped by thousands."""
    return text.group_thousands(value) if is_persian() else f"{value:,}"


def format_day(value: str | date) -> str:
    """Return a day in words, from a date or a `*_jalali` text.

    It is ۱۵ مهر ۱۴۰۳ in Persian and 6 October 2024 (15 Mehr 1403) in English.
    """
    at = jalali.parse_jalali_date(value) if isinstance(value, str) else value
    if is_persian():
        return jalali.format_long_date(at)
    year, month, of_month = map(int, jalali.format_jalali_date(at).split("-"))
    return f"{at.day} {at:%B %Y} ({of_month} {MONTH_NAMES_EN[month]} {year})"


def format_day_number(value: str) -> str:
    """Return the day of the month of a `*_jalali` text, in the calendar of the reader's language."""
    at = jalali.parse_jalali_date(value)
    return format_digits(int(value.rpartition("-")[2])) if is_persian() else str(at.day)


def format_iso_day(value: str) -> str:
    """Return a day in words, from a date such as 2024-10-06."""
    return format_day(date.fromisoformat(value))


def format_initials(value: str) -> Markup:
    """Return the first letters of the names, each with its dot: س. ا."""
    return Markup('<bdi translate="no">{}</bdi>').format(" ".join(f"{letter}." for letter in value.upper()))


def format_month(value: str) -> str:
    """Return a month in words, from 1403-07: مهر ۱۴۰۳ or Mehr 1403 (Sep–Oct 2024)."""
    month = jalali.JalaliMonth.parse(value)
    if is_persian():
        return month.words
    first, last = month.first_day, month.last_day
    year = "" if first.year == last.year else f" {first:%Y}"
    return f"{month.words_en} ({first:%b}{year}–{last:%b %Y})"


def format_year(value: int) -> str:
    """Return a Jalali year: ۱۴۰۳ or 1403 (2024–25)."""
    if is_persian():
        return format_digits(value)
    begins = jalali.to_date(value, 1, 1).year
    return f"{value} ({begins}–{(begins + 1) % 100:02})"


def get_month_name(number: int) -> str:
    """Return the name of month 1 to 12."""
    return jalali.get_month_name(number) if is_persian() else str(MONTH_NAMES_EN[number])


def format_duration(days: int) -> str:
    """Return days in words, as years of 360 and months of 30 days, without parts that are zero."""
    span = jalali.compute_duration(days)
    parts = [
        ngettext("%(n)s سال", "%(n)s سال", span.years, n=format_number(span.years)) if span.years else "",
        ngettext("%(n)s ماه", "%(n)s ماه", span.months, n=format_number(span.months)) if span.months else "",
        ngettext("%(n)s روز", "%(n)s روز", span.days, n=format_number(span.days))
        if span.days or not days
        else "",
    ]
    *others, last = filter(None, parts)
    both, joint = (" و " if is_persian() else ", "), gettext(" و ")
    return f"{both.join(others)}{joint}{last}" if others else last


def format_wait(seconds: int) -> str:
    """Return when a wait of these seconds is over, in words."""
    return describe_wait(seconds, _get_language())


def format_coming(value: str) -> str:
    """Return a coming moment as a time of today, tomorrow or a day, from an RFC 3339 text."""
    return describe_moment(datetime.fromisoformat(value), datetime.now(UTC), _get_language())


def format_moment(value: str | datetime) -> Markup:
    """Return day and time in Tehran as a `<time>` element, from an RFC 3339 text."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = at.astimezone(jalali.TEHRAN)
    words, clock = format_day(local.date()), format_digits(f"{local:%H:%M}")
    text_of_moment = f"{words}، ساعت {clock}" if is_persian() else f"{words} at {clock}"
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), text_of_moment)


def format_age(value: str) -> str:
    """Return how long ago a moment was, in words: in whole days, or in whole hours of the first two days."""
    hours = int((datetime.now(UTC) - datetime.fromisoformat(value)).total_seconds() // 3600)
    if hours < 1:
        return str(gettext("کمتر از یک ساعت پیش"))
    if hours < 48:
        return str(ngettext("%(n)s ساعت پیش", "%(n)s ساعت پیش", hours, n=format_number(hours)))
    days = hours // 24
    return str(ngettext("%(n)s روز پیش", "%(n)s روز پیش", days, n=format_number(days)))


def format_code(value: str) -> Markup:
    """Return a code, serial, phone or file name as an element left to right; 16 digits in groups of four."""
    grouped = " ".join(re.findall(".{4}", value)) if re.fullmatch("[0-9]{16}", value) else value
    # Persian digits among Latin letters would be unreadable.
    text_of_code = grouped if re.search("[A-Za-z]", value) else format_digits(grouped)
    return Markup('<bdi dir="ltr" class="code" translate="no">{}</bdi>').format(text_of_code)


def group_digits(value: str) -> Markup:
    """Return a number that people note and type again, in groups of four digits; an id as it is."""
    return format_code(" ".join(re.findall(".{4}", value)) if re.fullmatch("[0-9]{12}", value) else value)


def format_types(values: Collection[str]) -> str:
    """Return the types of a letter in words."""
    return ("، " if is_persian() else ", ").join(map(_get_label, values))


def _get_label(kind: str) -> str:
    # A service of a newer version may know more types.
    return StatementType(kind).label.pick(_get_language()) if kind in set(StatementType) else kind


def get_caption(kind: str) -> str:
    """Return the caption of a type's table."""
    return StatementType(kind).caption.pick(_get_language())


def write_hints(totals: Totals) -> dict[str, str]:
    """Return the hint of each type of statement, with the totals of one's own record."""
    figures = {
        "days": format_number(totals["total_days"]),
        "span": format_duration(totals["total_days"]),
        "wage": format_number(totals["total_wage"]),
        "workshops": format_number(totals["workshop_count"]),
    }
    return {kind.value: kind.hint.format(**figures).pick(_get_language()) for kind in StatementType}


def list_listed_months(workshops: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the months for which a list of any of these workshops was received."""
    return {
        f"{year['year']}-{month:02}"
        for workshop in workshops
        for year in workshop["years"]
        for month, days in enumerate(year["months"], start=1)
        if days is not None
    }


def name_workshops(statement: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of the workshops in a statement's table of all months, by code."""
    return {
        workshop["workshop_code"]: workshop["workshop_name"]
        for workshop in statement["tables"]["all"]["workshops"]
    }


def select_colour(state: str) -> str:
    """Return the class of a state's tag: good, bad, waiting or plain."""
    return COLOURS.get(state, "plain")


FILTERS: dict[str, Callable[..., Any]] = {
    "digits": format_digits,
    "number": format_number,
    "day": format_day,
    "day_number": format_day_number,
    "iso_day": format_iso_day,
    "initials": format_initials,
    "month": format_month,
    "year": format_year,
    "month_name": get_month_name,
    "duration": format_duration,
    "moment": format_moment,
    "age": format_age,
    "wait": format_wait,
    "coming": format_coming,
    "code": format_code,
    "grouped": group_digits,
    "types": format_types,
    "caption": get_caption,
    "listed_months": list_listed_months,
    "workshop_names": name_workshops,
    "marks": list_marks,
    "objection_marks": number_objections,
    "years_of_days": list_years_of_days,
    "years_of_wages": list_years_of_wages,
    "colour": select_colour,
}


def _defer(format_value: Callable[..., Any]) -> Callable[..., Any]:
    """Return the filter so that it runs for each reader: Jinja computes filters of constants only once."""

    @pass_context
    def format_for_reader(_context: Context, *values: Any) -> Any:
        return format_value(*values)

    return format_for_reader


def register_filters(app: Flask) -> None:
    """Add the filters to the app's templates."""
    app.jinja_env.filters.update({name: _defer(format_value) for name, format_value in FILTERS.items()})
