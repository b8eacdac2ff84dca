"""Reports of institutions about months of letters."""

import marshmallow as ma

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
