"""Schemas of the activity page over HTTP."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from webargs.fields import DelimitedList

from services.disclosure.actions.activity import Item
from services.disclosure.actions.titles import KINDS, write_title
from services.kit.fields import JalaliMonth, Line
from services.kit.paging import PageQuery
from services.kit.problems import Text


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise ma.ValidationError(Text("این نوع رویداد شناخته نیست.", "There is no such kind of activity."))


class ActivityQuery(PageQuery):
    """What of the activity is wanted: kinds or their first words, a month in Tehran, words."""

    kind = DelimitedList(ma.fields.String(validate=_check_kind))
    month = JalaliMonth(load_default=None)
    q = Line(100, load_default=None)
    grouped = ma.fields.Boolean(load_default=False)


class ActivityItem(ma.Schema):
    id = ma.fields.UUID()
    at = ma.fields.AwareDateTime()
    kind = ma.fields.String()
    title = ma.fields.String()
    state = ma.fields.String(allow_none=True)
    note = ma.fields.String(
        allow_none=True,
        metadata={"description": "the owner's note of that request or letter"},
    )
    references = ma.fields.Dict(keys=ma.fields.String())
    count = ma.fields.Integer()


class ActivityGap(ma.Schema):
    """A time of which items may be missing; `since` is null if nothing was there before."""

    since = ma.fields.AwareDateTime(allow_none=True)
    until = ma.fields.AwareDateTime()


class ActivityPage(ma.Schema):
    """`gaps` are on the first page only."""

    gaps = ma.fields.List(ma.fields.Nested(ActivityGap))
    items = ma.fields.List(ma.fields.Nested(ActivityItem))
    next_cursor = ma.fields.String(allow_none=True)


def describe_item(item: Item, language: str) -> Mapping[str, Any]:
    """Return the fields of `ActivityItem`."""
    row = item.activity
    return {
        "id": row.id,
        "at": row.at,
        "kind": row.kind,
        "title": write_title(row, language),
        "state": item.state,
        "note": item.note,
        "references": item.references,
        **({"count": item.count} if item.count is not None else {}),
    }
