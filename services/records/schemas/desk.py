"""What waits for officers, and what the last days brought, as they see it."""

import marshmallow as ma
from marshmallow import validate

from services.records.models import ObjectionKind
from services.records.proposals.queues import Queue as QueueName
from services.records.proposals.registry import HANDLERS


class Queue(ma.Schema):
    """The number of items that wait; `own` of them were proposed by the caller, who cannot confirm them.

    `kind` is that of the objections or proposals, null for held rows. `oldest_at` is null without items.
    """

    queue = ma.fields.Enum(QueueName, by_value=True)
    kind = ma.fields.String(allow_none=True, validate=validate.OneOf([*ObjectionKind, *HANDLERS]))
    count = ma.fields.Integer(attribute="waiting.count")
    oldest_at = ma.fields.DateTime(attribute="waiting.oldest_at", allow_none=True)
    own = ma.fields.Integer(attribute="waiting.own")


class QueuePage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Queue))
    next_cursor = ma.fields.String(allow_none=True)


class Day(ma.Schema):
    """What happened on a day in Tehran."""

    date = ma.fields.Date()
    date_jalali = ma.fields.String()
    lists_accepted = ma.fields.Integer()
    lists_refused = ma.fields.Integer()
    objections_submitted = ma.fields.Integer()
    objections_decided = ma.fields.Integer()


class Week(ma.Schema):
    """The last seven days, today included, oldest first."""

    days = ma.fields.List(ma.fields.Nested(Day))
