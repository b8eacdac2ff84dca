"""Request and response schemas of inquiry's routes."""

from typing import Any

import marshmallow as ma
from flask_smorest.fields import Upload
from marshmallow import validate

from govah_verify.validation import StampStatus
from services.inquiry.actions.codes import parse_code
from services.inquiry.actions.letters import CheckResult
from services.inquiry.actions.notices import NoticeCode
from services.inquiry.actions.verdicts import Reason
from services.inquiry.models import LetterState, ObjectionStatus, PermitState, Result
from services.kit.fields import MAX_TYPED_CODE, NATIONAL_CODE_INVALID, Digits, JalaliMonth, Line

BY_FORM = "by form"


class TypedCode(ma.fields.String):
    """A secret code. A wrong check digit is the problem `code-mistyped`."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        return parse_code(super()._deserialize(value, *args, **kwargs)[:MAX_TYPED_CODE])


class NewPermit(ma.Schema):
    letter_id = ma.fields.UUID(required=True)
    valid_days = ma.fields.Integer(required=True, strict=True, validate=validate.Range(1, 365))
    max_views = ma.fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 1000)
    )
    institution_id = ma.fields.UUID(load_default=None, allow_none=True)
    # Not offered yet: `answers` is a problem of its own.
    reveal = ma.fields.String(load_default="letter", validate=validate.OneOf(["letter", "answers"]))
    questions = ma.fields.List(ma.fields.Raw(), load_only=True)


class IssuedPermit(ma.Schema):
    id = ma.fields.UUID(required=True)
    code = ma.fields.String(
        required=True, metadata={"description": "16 digits in 4×4, shown in this reply only"}
    )
    expires_at = ma.fields.AwareDateTime(required=True)


class Institution(ma.Schema):
    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)


class Permit(ma.Schema):
    id = ma.fields.UUID(required=True)
    letter_id = ma.fields.UUID(required=True)
    serial = ma.fields.String(required=True)
    state = ma.fields.Enum(PermitState, by_value=True, required=True)
    created_at = ma.fields.AwareDateTime(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)
    max_views = ma.fields.Integer(required=True, allow_none=True)
    view_count = ma.fields.Integer(required=True)
    institution = ma.fields.Nested(Institution, required=True, allow_none=True)


class View(ma.Schema):
    id = ma.fields.UUID(required=True)
    time = ma.fields.AwareDateTime(required=True, attribute="at")
    institution = ma.fields.Function(
        lambda inquiry: inquiry.institution_name or BY_FORM,
        metadata={"type": "string", "description": f'the institution\'s name, or "{BY_FORM}"'},
    )
    purpose = ma.fields.String(required=True, allow_none=True)
    result = ma.fields.Enum(Result, by_value=True, required=True)


class PermitPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Permit), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class ViewPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(View), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class InstitutionPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Institution), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


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


class NewDiscrepancy(ma.Schema):
    inquiry_id = ma.fields.UUID(required=True)
    month_jalali = JalaliMonth(required=True)
    text = Line(1000, shortest=1, required=True)


class Discrepancy(ma.Schema):
    id = ma.fields.UUID(required=True)
    inquiry_id = ma.fields.UUID(required=True)
    month_jalali = ma.fields.String(required=True)
    reported_at = ma.fields.AwareDateTime(required=True, attribute="at")


class LetterStatus(ma.Schema):
    serial = ma.fields.String(required=True)
    state = ma.fields.Enum(LetterState, by_value=True, required=True)
    issued_at = ma.fields.AwareDateTime(required=True)
    superseded_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    revoked_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class PublicKeys(ma.Schema):
    keys = ma.fields.List(
        ma.fields.Dict(), required=True, metadata={"description": "JSON Web Keys of QR codes"}
    )
    pem = ma.fields.String(required=True, metadata={"description": "what `govah letter --trust` takes"})


class UploadedFile(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE  # browsers send a form's other parts too

    file = Upload(required=True)


class TimeStamp(ma.Schema):
    status = ma.fields.Enum(StampStatus, by_value=True, required=True)
    by = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "the authority, of a valid time stamp"}
    )
    at = ma.fields.AwareDateTime(required=True, allow_none=True)


class FileCheck(ma.Schema):
    result = ma.fields.Enum(CheckResult, by_value=True, required=True)
    reason = ma.fields.Enum(Reason, by_value=True, required=True)
    message = ma.fields.Nested(BothLanguages, required=True)
    serial = ma.fields.String()
    time_stamp = ma.fields.Nested(TimeStamp, required=True)
