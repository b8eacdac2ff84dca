"""Reports of institutions about months of letters."""

import marshmallow as ma

from services.inquiry.models import DiscrepancyStatus
from services.kit.fields import JalaliMonth, Line


class NewDiscrepancy(ma.Schema):
    inquiry_id = ma.fields.UUID(required=True)
    month_jalali = JalaliMonth(required=True)
    text = Line(1000, shortest=1, required=True)


class Discrepancy(ma.Schema):
    id = ma.fields.UUID(required=True)
    inquiry_id = ma.fields.UUID(required=True)
    month_jalali = ma.fields.String(required=True)
    reported_at = ma.fields.AwareDateTime(required=True, attribute="at")


class DiscrepancyReport(Discrepancy):
    """A report with its text and what became of it, for the institution and for the letter's owner."""

    serial = ma.fields.String(required=True)
    institution = ma.fields.String(required=True, allow_none=True)
    text = ma.fields.String(required=True)
    status = ma.fields.Enum(
        DiscrepancyStatus,
        by_value=True,
        required=True,
        metadata={"description": "objected: an objection that came of it is open; decided: it was decided"},
    )
    letter_id = ma.fields.UUID(
        required=True, allow_none=True, metadata={"description": "null for institutions"}
    )
    permit_id = ma.fields.UUID(
        required=True, allow_none=True, metadata={"description": "null for institutions"}
    )
    objection_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "the objection that came of it; null without one, and for institutions"},
    )


class DiscrepancyPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(DiscrepancyReport), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)
