"""The register of letters."""

import marshmallow as ma
from flask_smorest.fields import Upload

from govah_verify.validation import StampStatus
from services.inquiry.actions.letters import CheckResult
from services.inquiry.actions.verdicts import Reason
from services.inquiry.models import LetterState
from services.inquiry.schemas.inquiries import BothLanguages


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


class FileCheck(ma.Schema):
    result = ma.fields.Enum(CheckResult, by_value=True, required=True)
    reason = ma.fields.Enum(Reason, by_value=True, required=True)
    message = ma.fields.Nested(BothLanguages, required=True)
    serial = ma.fields.String()
    time_stamp = ma.fields.Nested(TimeStamp, required=True)
