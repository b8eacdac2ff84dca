"""Officers' accesses to people's data: the reason that each needs, and the query of auditors."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.kit.fields import Identifier, Line, Parsed
from services.kit.jalali import LAST_YEAR, TEHRAN, parse_jalali_date
from services.kit.paging import PageQuery
from services.kit.problems import Text
from services.kit.text import normalise_figures
from services.records.actions.accesses import AccessFilter
from services.records.models import AccessKind
from services.records.models.lists import MAX_REASON_LENGTH

MOMENT_WRONG = Text("روز را مانند ۱۴۰۵/۰۹/۰۹ بنویسید.", "Write the day like 2026-11-30 or 1405-09-09.")
REASON_EMPTY = Text("علت را با واژه بنویسید.", "Write the reason in words.")
ORDER_WRONG = Text("پایان پیش از آغاز است.", "The end is before the beginning.")
# Characters that Unicode calls letters although they are blank.
_FILLERS = re.compile("[\u115f\u1160\u3164\uffa0]")
_DAY = re.compile(r"([0-9]{4})[-/][0-9]{2}[-/][0-9]{2}")
# RFC 3339, section 5.6.
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
# The plus sign of an offset, if it is not escaped in the URL, becomes a space.
_LOST_PLUS = re.compile(r" (?=[0-9]{2}:[0-9]{2}$)")


class Reason(Line):
    """One line with at least one letter or digit, so that the person who reads it finds words."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        reason = super()._deserialize(value, *args, **kwargs)
        visible = _FILLERS.sub("", reason)
        if reason and not any(unicodedata.category(letter)[0] in "LN" for letter in visible):
            raise ma.ValidationError([REASON_EMPTY])
        return reason


def build_reason_field() -> Reason:
    """Return the field for an officer's reason for an access."""
    return Reason(MAX_REASON_LENGTH, shortest=1, required=True)


def parse_first(text: str) -> datetime:
    """Return a moment, or the first moment of a day in Tehran. Raises ValueError."""
    return _parse(text, time.min)


def parse_last(text: str) -> datetime:
    """Return a moment, or the last moment of a day in Tehran. Raises ValueError."""
    return _parse(text, time.max)


def _parse(text: str, at: time) -> datetime:
    value = normalise_figures(text)
    match = _DAY.fullmatch(value)
    if match:
        is_jalali = int(match[1]) <= LAST_YEAR
        day = parse_jalali_date(value) if is_jalali else date.fromisoformat(value)
        return datetime.combine(day, at, TEHRAN)
    value = _LOST_PLUS.sub("+", value)
    if not _MOMENT.fullmatch(value):
        raise ValueError("neither a day nor a moment")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a moment before or after all years") from error


class AccessQuery(PageQuery):
    """Filters that may be combined. A day is a day in Tehran, from its beginning or to its end."""

    person = Identifier(load_default=None)
    officer = Identifier(load_default=None)
    first = Parsed(parse_first, MOMENT_WRONG, data_key="from", load_default=None)
    last = Parsed(parse_last, MOMENT_WRONG, data_key="to", load_default=None)

    @ma.validates_schema
    def _check_order(self, data: Mapping[str, Any], **_kw: Any) -> None:
        if data["first"] and data["last"] and data["last"] < data["first"]:
            raise ma.ValidationError([ORDER_WRONG], "to")

    @ma.post_load
    def _build_filter(self, data: dict[str, Any], **_kw: Any) -> dict[str, Any]:
        officer_id = data["officer"] and str(data["officer"])
        access_filter = AccessFilter(data["person"], officer_id, data["first"], data["last"])
        return {"access_filter": access_filter, "limit": data["limit"], "cursor": data["cursor"]}


class Access(ma.Schema):
    """One access; `kind` and `reason` are null if it was recorded before reasons were required."""

    id = ma.fields.String(attribute="position")
    at = ma.fields.DateTime()
    officer = ma.fields.String(attribute="officer_id")
    person = ma.fields.UUID(attribute="person_id")
    kind = ma.fields.String(allow_none=True, validate=validate.OneOf(list(AccessKind)))
    reason = ma.fields.String(allow_none=True)
    request_id = ma.fields.String()


class AccessPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Access))
    next_cursor = ma.fields.String(allow_none=True)
