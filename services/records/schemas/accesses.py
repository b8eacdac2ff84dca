"""Officers' looks at people's data: the reason that each needs, and how those who audit find them."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.kit.fields import Line, Parsed
from services.kit.jalali import LAST_YEAR, TEHRAN, parse_jalali_date
from services.kit.paging import PageQuery
from services.kit.problems import Text
from services.kit.text import normalise_digits
from services.records.actions.accesses import Wanted
from services.records.models.lists import LONGEST_REASON

MOMENT_WRONG = Text("روز را مانند ۱۴۰۵/۰۹/۰۹ بنویسید.", "Write the day like 2026-11-30 or 1405-09-09.")
REASON_EMPTY = Text("دلیل را با واژه بنویسید.", "Write the reason in words.")
ORDER_WRONG = Text("پایان پیش از آغاز است.", "The end is before the beginning.")
# Letters by name that are drawn as nothing.
_FILLERS = re.compile("[\u115f\u1160\u3164\uffa0]")
_DAY = re.compile(r"([0-9]{4})[-/][0-9]{2}[-/][0-9]{2}")
# RFC 3339, section 5.6.
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
# An offset's plus sign that was not escaped in the address has become a space.
_LOST_PLUS = re.compile(r" (?=[0-9]{2}:[0-9]{2}$)")


class Reason(Line):
    """One line with a letter or a digit in it: the person reads it, and must find something to read."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        reason = super()._deserialize(value, *args, **kwargs)
        if reason and not any(unicodedata.category(one)[0] in "LN" for one in _FILLERS.sub("", reason)):
            raise ma.ValidationError([REASON_EMPTY])
        return reason


def reason_for_look() -> Reason:
    """Return the field in which an officer says what a look is for."""
    return Reason(LONGEST_REASON, shortest=1, required=True)


def parse_first(text: str) -> datetime:
    """Return a moment, or the first one of a day in Tehran. Raises ValueError."""
    return _parse(text, time.min)


def parse_last(text: str) -> datetime:
    """Return a moment, or the last one of a day in Tehran. Raises ValueError."""
    return _parse(text, time.max)


def _parse(text: str, at: time) -> datetime:
    written = normalise_digits(text.strip())
    day = _DAY.fullmatch(written)
    if day:
        is_jalali = int(day[1]) <= LAST_YEAR
        of_day = parse_jalali_date(written) if is_jalali else date.fromisoformat(written)
        return datetime.combine(of_day, at, TEHRAN)
    written = _LOST_PLUS.sub("+", written)
    if not _MOMENT.fullmatch(written):
        raise ValueError("neither a day nor a moment")
    try:
        return datetime.fromisoformat(written.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a moment before or after all years") from error


class AccessesQuery(PageQuery):
    """Each narrows what is shown; a day is one of Tehran, from its beginning or to its end."""

    person = ma.fields.UUID(load_default=None)
    officer = ma.fields.UUID(load_default=None)
    first = Parsed(parse_first, MOMENT_WRONG, data_key="from", load_default=None)
    last = Parsed(parse_last, MOMENT_WRONG, data_key="to", load_default=None)

    @ma.validates_schema
    def _in_order(self, data: Mapping[str, Any], **_kw: Any) -> None:
        if data["first"] and data["last"] and data["last"] < data["first"]:
            raise ma.ValidationError([ORDER_WRONG], "to")

    @ma.post_load
    def _wanted(self, data: dict[str, Any], **_kw: Any) -> dict[str, Any]:
        officer_id = data["officer"] and str(data["officer"])
        wanted = Wanted(data["person"], officer_id, data["first"], data["last"])
        return {"wanted": wanted, "limit": data["limit"], "cursor": data["cursor"]}


class Look(ma.Schema):
    """One look; of versions that asked for no reason `kind` and `reason` are null."""

    id = ma.fields.String(attribute="position")
    at = ma.fields.DateTime()
    officer = ma.fields.String(attribute="officer_id")
    person = ma.fields.UUID(attribute="person_id")
    kind = ma.fields.String(allow_none=True, validate=validate.OneOf(["search", "objection", "decision"]))
    reason = ma.fields.String(allow_none=True)
    request_id = ma.fields.String()


class LookPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Look))
    next_cursor = ma.fields.String(allow_none=True)
