"""Schemas of the web administration; only `routes.administration` uses them."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.disclosure.models import FailureCode
from services.disclosure.schemas import Agreement
from services.kit.problems import Text

MAX_TEXT = 20_000
TEXT_MISSING = Text("متن را بنویسید.", "Enter the text.")


class AgreementText(ma.fields.String):
    """A text of several lines, without spaces around it."""

    def __init__(self, **kw: Any) -> None:
        super().__init__(validate=validate.Length(max=MAX_TEXT), **kw)

    def _deserialize(self, value: Any, *given: Any, **kw: Any) -> str:
        text = super()._deserialize(value, *given, **kw).replace("\r\n", "\n").strip()
        if not text:
            raise ma.ValidationError([TEXT_MISSING])
        return text


class NewAgreement(ma.Schema):
    text_fa = AgreementText(required=True)
    text_en = AgreementText(required=True)
    valid_from = ma.fields.AwareDateTime(load_default=None, allow_none=True)


class AgreementVersion(Agreement):
    published_at = ma.fields.AwareDateTime(required=True)
    valid_from = ma.fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "null: from `published_at`"}
    )


class AgreementVersions(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(AgreementVersion), required=True)


class FailureCount(ma.Schema):
    code = ma.fields.String(validate=validate.OneOf([code.value for code in FailureCode]))
    count = ma.fields.Integer()


class Counters(ma.Schema):
    at = ma.fields.AwareDateTime()
    letters_today = ma.fields.Integer()
    letters_last_hour = ma.fields.Integer()
    queued = ma.fields.Integer()
    rendering = ma.fields.Integer()
    oldest_queued_seconds = ma.fields.Integer()
    failed = ma.fields.List(ma.fields.Nested(FailureCount))
