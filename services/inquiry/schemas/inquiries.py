"""Inquiries and their answers."""

from typing import Any

import marshmallow as ma

from services.inquiry.actions.codes import parse_code
from services.inquiry.actions.notices import NoticeCode
from services.inquiry.models import LetterState, ObjectionStatus, PermitState
from services.kit.fields import MAX_TYPED_CODE, NATIONAL_CODE_INVALID, Digits, Line


class TypedCode(ma.fields.String):
    """A secret code. A wrong check digit is the problem `code-mistyped`."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        return parse_code(super()._deserialize(value, *args, **kwargs)[:MAX_TYPED_CODE])


class NewInquiry(ma.Schema):
    # A wrong check digit passes, so that the reply is the same as for any other wrong code.
    national_code = Digits(10, NATIONAL_CODE_INVALID, required=True)
    code = TypedCode(required=True)
    purpose = Line(200, load_default=None, allow_none=True)


class AnsweredLetter(ma.Schema):
    serial = ma.fields.String(required=True)
    issued_at = ma.fields.String(required=True, metadata={"format": "date-time"})
    types = ma.fields.List(ma.fields.String(), required=True)
    sha256 = ma.fields.String(required=True)
    state = ma.fields.Enum(LetterState, by_value=True, required=True)


class BothLanguages(ma.Schema):
    fa = ma.fields.String(required=True)
    en = ma.fields.String(required=True)


class Notice(ma.Schema):
    code = ma.fields.Enum(NoticeCode, by_value=True, required=True)
    message = ma.fields.Nested(BothLanguages, required=True)
    since = ma.fields.AwareDateTime(required=True, allow_none=True)
    months = ma.fields.List(ma.fields.String(), required=True)


class ShownObjection(ma.Schema):
    status = ma.fields.Enum(
        ObjectionStatus,
        by_value=True,
        required=True,
        metadata={"description": "submitted: open now; else how it ended after the letter was made"},
    )
    months = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": "months that the letter shows, sorted"}
    )
    submitted_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    decided_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class InquiryAnswer(ma.Schema):
    inquiry_id = ma.fields.UUID(required=True)
    letter = ma.fields.Nested(AnsweredLetter, required=True)
    notices = ma.fields.List(
        ma.fields.Nested(Notice),
        required=True,
        metadata={"description": "what to know besides the figures: an outdated letter, disputed months"},
    )
    objections = ma.fields.List(
        ma.fields.Nested(ShownObjection),
        required=True,
        metadata={"description": "objections to months that the letter shows, as they stand now"},
    )
    objections_as_of = ma.fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "the moment as of which `objections` is complete; null: that is not known"},
    )
    person = ma.fields.Dict(required=True)
    statement = ma.fields.Dict(
        required=True,
        metadata={
            "description": "as the letter shows it; `disputed_months` and all else are as of its `as_of`"
        },
    )
    # Null until receipts are offered.
    receipt = ma.fields.String(required=True, allow_none=True)
    document_url = ma.fields.String(required=True, metadata={"format": "uri-reference"})


class InquiryState(ma.Schema):
    inquiry_id = ma.fields.UUID(required=True)
    permit_state = ma.fields.Enum(PermitState, by_value=True, required=True)
