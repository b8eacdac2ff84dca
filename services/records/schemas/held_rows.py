"""Held rows as officers see them: what the row states beside what is known."""

from typing import Any

import marshmallow as ma

from services.kit.paging import OrderedQuery
from services.records.models import HeldRowStatus
from services.records.schemas.records import Page, Person


class HeldRowQuery(OrderedQuery):
    status = ma.fields.Enum(HeldRowStatus, by_value=True, load_default=None)
    list_id = ma.fields.UUID(load_default=None)


class ListedRow(Person):
    """The person and the figures that a row states; money is whole rials."""

    foreigner = ma.fields.Boolean()
    job_title = ma.fields.String()
    start_date_jalali = ma.fields.String(allow_none=True)
    leave_date_jalali = ma.fields.String(allow_none=True)
    days = ma.fields.Integer()
    wage = ma.fields.Integer()
    premium = ma.fields.Integer()
    gross = ma.fields.Integer()


class KnownOfPerson(Person):
    """A person in the records."""

    id = ma.fields.UUID()


# A dict, because the API's names `listed` and `known` are rejected as names in code.
HeldRow: Any = ma.Schema.from_dict(
    {
        "id": ma.fields.UUID(),
        "list_id": ma.fields.UUID(),
        "month_jalali": ma.fields.String(),
        "imported_at": ma.fields.DateTime(),
        "row": ma.fields.Integer(),
        "reasons": ma.fields.List(ma.fields.String()),
        "listed": ma.fields.Nested(ListedRow),
        "known": ma.fields.Nested(KnownOfPerson, allow_none=True),
        "number_owner": ma.fields.Nested(KnownOfPerson, allow_none=True),
        "status": ma.fields.Enum(HeldRowStatus, by_value=True),
        "proposal_id": ma.fields.UUID(allow_none=True),
    },
    name="HeldRow",
)


class HeldRowPage(Page):
    items = ma.fields.List(ma.fields.Nested(HeldRow))
