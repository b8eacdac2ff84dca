"""Questions of disclosure about the figures of records."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.kit.fields import JalaliMonth
from services.kit.statement_types import StatementType
from services.records.actions.figures import FigureQuery as Query

# Questions in one call. Each person's record is read once.
MAX_ITEMS = 100


class FigureQuery(ma.Schema):
    person_id = ma.fields.UUID(required=True)
    until_jalali = JalaliMonth(required=True)
    schema_version = ma.fields.Integer(required=True, strict=True, validate=validate.Range(1, 1000))
    types = ma.fields.List(
        ma.fields.Enum(StatementType, by_value=True),
        required=True,
        validate=validate.Length(1, len(StatementType)),
    )

    @ma.post_load
    def _build_query(self, data: dict[str, Any], **_kw: Any) -> Query:
        return Query(**data)


class FigureQueries(ma.Schema):
    items = ma.fields.List(
        ma.fields.Nested(FigureQuery), required=True, validate=validate.Length(1, MAX_ITEMS)
    )
