"""Questions of disclosure about answers that it has issued."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.kit.answer_fields import Questions
from services.records.actions.answer_facts import AnswerQuery as Query

# Answers in one call. Each person's record is read once.
MAX_ITEMS = 100


class AnswerQuery(ma.Schema):
    person_id = ma.fields.UUID(required=True)
    questions = Questions(required=True)

    @ma.post_load
    def _build_query(self, data: dict[str, Any], **_kw: Any) -> Query:
        return Query(**data)


class AnswerQueries(ma.Schema):
    items = ma.fields.List(
        ma.fields.Nested(AnswerQuery), required=True, validate=validate.Length(1, MAX_ITEMS)
    )
