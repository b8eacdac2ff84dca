"""The register of letters."""

import marshmallow as ma
from flask_smorest.fields import Upload

from govah_verify.check_values import MAX_NAME_LENGTH
from govah_verify.comparison import Comparison
from govah_verify.validation import StampStatus
from services.inquiry.actions.letters import CheckResult
from services.inquiry.actions.verdicts import Reason
from services.inquiry.models import LetterState, RegisteredKind
from services.inquiry.schemas.inquiries import BothLanguages

MAX_QR_TEXT = 500


class LetterStatus(ma.Schema):
    """The state of a letter, or of answers to an institution, which end at `ended_at`."""

    serial = ma.fields.String(required=True)
    kind = ma.fields.Enum(RegisteredKind, by_value=True, required=True)
    state = ma.fields.Enum(LetterState, by_value=True, required=True)
    issued_at = ma.fields.AwareDateTime(required=True)
    superseded_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    revoked_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    ended_at = ma.fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "of answers; may be in the future"}
    )


class PublicKeys(ma.Schema):
    keys = ma.fields.List(
        ma.fields.Dict(), required=True, metadata={"description": "JSON Web Keys of QR codes"}
    )
    pem = ma.fields.String(required=True, metadata={"description": "what `govah letter --trust` takes"})


class KeySet(ma.Schema):
    """A JSON Web Key Set (RFC 7517); each key says from when and until when it signs."""

    keys = ma.fields.List(ma.fields.Dict(), required=True)


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


class Paper(ma.Schema):
    """What the genuine QR code of a letter on paper says; what only version 2 has is null in version 1."""

    token = ma.fields.String(required=True, metadata={"description": "the text after the # of the QR code"})
    serial = ma.fields.String(required=True)
    issued_on = ma.fields.Date(required=True)
    total_days = ma.fields.Integer(required=True)
    initials = ma.fields.String(required=True, allow_none=True)
    birth_year = ma.fields.Integer(required=True, allow_none=True, metadata={"description": "Jalali"})
    first_month_jalali = ma.fields.String(required=True, allow_none=True)
    last_month_jalali = ma.fields.String(required=True, allow_none=True)
    names_person = ma.fields.Boolean(required=True, metadata={"description": "false in version 1"})
    state = ma.fields.Enum(LetterState, by_value=True, required=True, allow_none=True)


class NewComparison(ma.Schema):
    """The QR code of a letter, and what is printed as its person's name or number."""

    token = ma.fields.String(
        required=True,
        validate=ma.validate.Length(max=MAX_QR_TEXT),
        metadata={"description": "the text of the QR code, or its part after the #"},
    )
    person = ma.fields.String(
        load_default="",
        validate=ma.validate.Length(max=MAX_NAME_LENGTH),
        metadata={"description": "national code, insurance number or full name, as printed"},
    )


class PaperComparison(ma.Schema):
    paper = ma.fields.Nested(Paper, required=True)
    comparison = ma.fields.Enum(Comparison, by_value=True, required=True, allow_none=True)
    message = ma.fields.Nested(BothLanguages, required=True)


class FileCheck(ma.Schema):
    result = ma.fields.Enum(CheckResult, by_value=True, required=True)
    reason = ma.fields.Enum(Reason, by_value=True, required=True)
    message = ma.fields.Nested(BothLanguages, required=True)
    serial = ma.fields.String()
    time_stamp = ma.fields.Nested(TimeStamp, required=True)
    paper = ma.fields.Nested(
        Paper, metadata={"description": "the genuine QR code of a scan, a photo or a saved copy"}
    )
