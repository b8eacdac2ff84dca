"""What inquiry asks for: answers and letters that a person shows to an institution."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.disclosure.actions.answers import Terms
from services.kit.answer_fields import Questions
from services.kit.statement_types import StatementType

MAX_ANSWER_DAYS = 365


class AnswersPreview(ma.Schema):
    questions = Questions(required=True)


class ReleaseTerms(ma.Schema):
    """For whom, for what and for how long; without an audience for everybody who has the copy."""

    audience = ma.fields.UUID(required=True, allow_none=True)
    purpose = ma.fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 64))
    reference = ma.fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 64))
    answer_days = ma.fields.Integer(required=True, strict=True, validate=validate.Range(1, MAX_ANSWER_DAYS))

    @ma.post_load
    def _build_terms(self, data: dict[str, Any], **_kw: Any) -> dict[str, Any]:
        names = ("audience", "purpose", "reference", "answer_days")
        terms = Terms(**{name: data.pop(name) for name in names})
        return {**data, "terms": terms}


class NewAnswers(ReleaseTerms):
    questions = Questions(required=True)
    consent_id = ma.fields.UUID(load_default=None, allow_none=True)


def _build_types() -> ma.fields.List[Any]:
    return ma.fields.List(
        ma.fields.Enum(StatementType, by_value=True),
        required=True,
        validate=validate.Length(1, len(StatementType)),
    )


class ConsentLetterPreview(ma.Schema):
    types = _build_types()


class NewConsentLetter(ma.Schema):
    consent_id = ma.fields.UUID(required=True)
    types = _build_types()
    agreement_version = ma.fields.Integer(required=True, strict=True)
