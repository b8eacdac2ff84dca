"""How figures, dates, codes and states look on screen: the templates' filters and tests."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any

from flask import Flask
from flask_babel import get_locale, gettext, ngettext
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from persiantools.jdatetime import MONTH_NAMES_EN

from services.kit import jalali, text
from services.kit.statement_types import StatementType

COLOURS = {
    **dict.fromkeys(("ready", "valid", "active", "accepted", "genuine"), "good"),
    **dict.fromkeys(("failed", "revoked", "rejected", "expired", "altered", "not-ours", "used-up"), "bad"),
    **dict.fromkeys(("refused", "error"), "bad"),
    **dict.fromkeys(("not-sent", "warning", "cannot-tell"), "waiting"),
    **dict.fromkeys(("queued", "rendering", "submitted", "proposed", "paused", "superseded"), "waiting"),
}


def in_persian() -> bool:
    return str(get_locale()) == "fa"


def _language() -> str:
    return "fa" if in_persian() else "en"


def digits(value: object) -> str:
    """The value with the digits of the reader's language."""
    return text.persian_digits(str(value)) if in_persian() else str(value)


def number(value: int) -> str:
    """A whole number, grouped by thousands."""
    return text.group_thousands(value) if in_persian() else f"{value:,}"


def day(value: str | date) -> str:
    """A day in words, ۱۵ مهر ۱۴۰۳ or 15 Mehr 1403, from a date or a `*_jalali` text."""
    found = jalali.parse_jalali_date(value) if isinstance(value, str) else value
    if in_persian():
        return jalali.date_words(found)
    year, month, of_month = map(int, jalali.format_jalali_date(found).split("-"))
    return f"{of_month} {MONTH_NAMES_EN[month]} {year}"


def month(value: str) -> str:
    """A month in words, from 1403-07."""
    found = jalali.JalaliMonth.parse(value)
    return found.words if in_persian() else found.words_en


def month_name(number: int) -> str:
    """The name of month 1 to 12."""
    return jalali.month_name(number) if in_persian() else str(MONTH_NAMES_EN[number])


def duration(days: int) -> str:
    """Days as years of 360 and months of 30 days, in words; parts that are zero are left out."""
    span = jalali.duration_of(days)
    parts = [
        ngettext("%(n)s سال", "%(n)s سال", span.years, n=number(span.years)) if span.years else "",
        ngettext("%(n)s ماه", "%(n)s ماه", span.months, n=number(span.months)) if span.months else "",
        ngettext("%(n)s روز", "%(n)s روز", span.days, n=number(span.days)) if span.days or not days else "",
    ]
    return str(gettext(" و ")).join(filter(None, parts))


def waiting_time(seconds: int) -> str:
    """A time to wait in words, in the largest unit of which there are two or more, rounded up."""
    minutes = max(1, -(-seconds // 60))
    hours, days = -(-minutes // 60), -(-minutes // 1440)
    if minutes < 120:
        return str(ngettext("%(n)s دقیقه", "%(n)s دقیقه", minutes, n=number(minutes)))
    if hours < 48:
        return str(ngettext("%(n)s ساعت", "%(n)s ساعت", hours, n=number(hours)))
    return str(ngettext("%(n)s روز", "%(n)s روز", days, n=number(days)))


def moment(value: str | datetime) -> Markup:
    """Day and time in Tehran, as a `<time>` element, from an RFC 3339 text."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = at.astimezone(jalali.TEHRAN)
    words, clock = day(local.date()), digits(f"{local:%H:%M}")
    said = f"{words}، ساعت {clock}" if in_persian() else f"{words}, {clock}"
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), said)


def code(value: str) -> Markup:
    """A code, serial, phone or file name: left to right whatever stands around it; 16 digits in fours."""
    grouped = " ".join(re.findall(".{4}", value)) if re.fullmatch("[0-9]{16}", value) else value
    # Persian digits among Latin letters would be neither.
    shown = grouped if re.search("[A-Za-z]", value) else digits(grouped)
    return Markup('<bdi dir="ltr" class="code">{}</bdi>').format(shown)


def types(values: Collection[str]) -> str:
    """What a letter shows, in words."""
    return ("، " if in_persian() else ", ").join(map(_label, values))


def _label(kind: str) -> str:
    # A service of a newer version may know more types.
    return StatementType(kind).label.pick(_language()) if kind in set(StatementType) else kind


def caption(kind: str) -> str:
    """Return the caption of a type's table."""
    return StatementType(kind).caption.pick(_language())


def write_hints(totals: Mapping[str, Any]) -> dict[str, str]:
    """Return the hint of each type of statement, with the totals of one's own record."""
    figures = {
        "days": number(totals["total_days"]),
        "span": duration(totals["total_days"]),
        "wage": number(totals["total_wage"]),
        "workshops": number(totals["workshop_count"]),
    }
    return {kind.value: kind.hint.format(**figures).pick(_language()) for kind in StatementType}


def colour(state: str) -> str:
    """The class of a state's tag: good, bad, waiting or plain."""
    return COLOURS.get(state, "plain")


FILTERS: dict[str, Callable[..., Any]] = {
    one.__name__: one
    for one in (digits, number, day, month, month_name, duration, moment, code, types, caption, colour)
}


def _when_shown(show: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, computed for each reader: not once for all, as of constants when a template is compiled."""

    @pass_context
    def shown(_context: Context, *values: Any) -> Any:
        return show(*values)

    return shown


def teach(app: Flask) -> None:
    """Give the filters to the templates."""
    app.jinja_env.filters.update({name: _when_shown(one) for name, one in FILTERS.items()})
