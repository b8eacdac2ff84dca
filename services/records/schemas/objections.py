"""Objections as people and officers see them, and what officers send. Days are whole days."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask_smorest.fields import Upload
from marshmallow import validate

from services.kit import fields
from services.kit.fields import Parsed
from services.kit.paging import OrderedQuery
from services.records.attachments.inspection import MediaType
from services.records.models import ObjectionKind, ObjectionStatus
from services.records.schemas.accesses import build_reason_field
from services.records.schemas.claims import MAX_TEXT_LENGTH, TEXT_WRONG, normalise_lines
from services.records.schemas.records import Statement


class TrueOrFalse(ma.fields.Boolean):
    """Only JSON's true and false, and no value that marshmallow converts to them."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kw: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class NewDecision(ma.Schema):
    accept = TrueOrFalse(required=True)
    reason = Parsed(normalise_lines, TEXT_WRONG, required=True, validate=validate.Length(1, MAX_TEXT_LENGTH))


class NewQuestion(ma.Schema):
    """An officer's question about an objection."""

    text = Parsed(normalise_lines, TEXT_WRONG, required=True, validate=validate.Length(1, MAX_TEXT_LENGTH))


class NewAnswer(NewQuestion):
    """The person's answer to an officer's question."""


class NewOpening(ma.Schema):
    reason = build_reason_field()


class ObjectionQuery(OrderedQuery):
    status = ma.fields.Enum(ObjectionStatus, by_value=True, load_default=None)
    kind = ma.fields.Enum(ObjectionKind, by_value=True, load_default=None)


class MonthInObjection(ma.Schema):
    """`recorded_days` are the days of the record when the objection was written."""

    month_jalali = ma.fields.String(attribute="month")
    workshop_code = ma.fields.String()
    days = ma.fields.Integer()
    recorded_days = ma.fields.Integer()


class IdentityInObjection(ma.Schema):
    """The fields that the person claims to be others; the rest is missing."""

    first_name = ma.fields.String()
    last_name = ma.fields.String()
    father_name = ma.fields.String()
    birth_date_jalali = ma.fields.String()
    sex = ma.fields.String()
    insurance_number = ma.fields.String()


class RecordedIdentity(ma.Schema):
    """The same fields as the record had them when the objection was written; null where it had none."""

    first_name = ma.fields.String()
    last_name = ma.fields.String()
    father_name = ma.fields.String(allow_none=True)
    birth_date_jalali = ma.fields.String(allow_none=True)
    sex = ma.fields.String(allow_none=True)
    insurance_number = ma.fields.String(allow_none=True)


class CorrectedMonth(ma.Schema):
    """`old_days` is null if the record had no such month; the code is "-" while nobody knows it."""

    month_jalali = ma.fields.String(attribute="month")
    workshop_code = ma.fields.String(attribute="current_workshop_code")
    old_days = ma.fields.Integer(allow_none=True)
    new_days = ma.fields.Integer()


class NewAttachment(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE  # browsers also send the other parts of a form

    file = Upload(required=True, metadata={"description": "A PDF, JPEG or PNG of at most 5 MiB"})


class Attachment(ma.Schema):
    """A paper; its type is that of the content, its size in bytes and hash are those of what is stored."""

    id = ma.fields.UUID()
    media_type = ma.fields.String(validate=validate.OneOf([one.value for one in MediaType]))
    size = ma.fields.Integer()
    sha256 = ma.fields.String()
    attached_at = ma.fields.DateTime()


class AttachmentPage(ma.Schema):
    """All attachments of an objection, oldest first; there is one page."""

    items = ma.fields.List(ma.fields.Nested(Attachment))
    next_cursor = ma.fields.String(allow_none=True)


class Objection(ma.Schema):
    """An objection as the person sees it; `reason` is null until it is decided."""

    id = ma.fields.UUID()
    kind = ma.fields.Enum(ObjectionKind, by_value=True)
    status = ma.fields.Enum(ObjectionStatus, by_value=True)
    tracking_number = ma.fields.String(allow_none=True)
    text = ma.fields.String()
    months = ma.fields.List(ma.fields.Nested(MonthInObjection))
    workshop_name = ma.fields.String(allow_none=True)
    workshop_code = ma.fields.String(allow_none=True)
    city = ma.fields.String(allow_none=True)
    start_jalali = fields.JalaliDate(attribute="start_date", allow_none=True)
    end_jalali = fields.JalaliDate(attribute="end_date", allow_none=True)
    days = ma.fields.Integer(allow_none=True)
    fields_ = ma.fields.Nested(IdentityInObjection, attribute="fields", data_key="fields", allow_none=True)
    recorded_fields = ma.fields.Nested(RecordedIdentity, allow_none=True)
    created_at = ma.fields.DateTime()
    submitted_at = ma.fields.DateTime(allow_none=True)
    decided_at = ma.fields.DateTime(allow_none=True)
    withdrawn_at = ma.fields.DateTime(allow_none=True)
    reason = ma.fields.String(attribute="visible_reason", allow_none=True)
    question = ma.fields.String(allow_none=True)
    question_at = ma.fields.DateTime(allow_none=True)
    answer = ma.fields.String(allow_none=True)
    answer_at = ma.fields.DateTime(allow_none=True)
    attachments = ma.fields.List(ma.fields.Nested(Attachment))
    corrections = ma.fields.List(ma.fields.Nested(CorrectedMonth))
    discrepancy_ids = ma.fields.Function(
        lambda objection: objection.discrepancy_ids or [],
        metadata={
            "type": "array",
            "items": {"type": "string", "format": "uuid"},
            "description": "the reports of institutions that the person says the objection came of",
        },
    )


class ObjectionPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Objection))
    next_cursor = ma.fields.String(allow_none=True)


class Objector(ma.Schema):
    id = ma.fields.UUID()
    national_code = ma.fields.String(allow_none=True)
    first_name = ma.fields.String()
    last_name = ma.fields.String()


class OfficerObjection(Objection):
    """An objection as officers see it, also with a decision that is only proposed."""

    person = ma.fields.Nested(Objector)
    accept = ma.fields.Boolean(allow_none=True)
    reason = ma.fields.String(allow_none=True)
    proposed_by = ma.fields.String(allow_none=True)
    proposed_at = ma.fields.DateTime(allow_none=True)
    confirmed_by = ma.fields.String(allow_none=True)
    question_by = ma.fields.String(allow_none=True)


class OpenedObjection(ma.Schema):
    """The data for a decision: the objection, and the current statement with all tables."""

    objection = ma.fields.Nested(OfficerObjection)
    statement = ma.fields.Nested(Statement)


class SubmittedObjection(ma.Schema):
    """An objection without the person and their claim, which an officer needs a reason to see."""

    id = ma.fields.UUID()
    kind = ma.fields.Enum(ObjectionKind, by_value=True)
    status = ma.fields.Enum(ObjectionStatus, by_value=True)
    tracking_number = ma.fields.String()
    submitted_at = ma.fields.DateTime()
    accept = ma.fields.Boolean(allow_none=True)
    proposed_by = ma.fields.String(allow_none=True)
    proposed_at = ma.fields.DateTime(allow_none=True)
    confirmed_by = ma.fields.String(allow_none=True)
    decided_at = ma.fields.DateTime(allow_none=True)


class SubmittedObjectionPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(SubmittedObjection))
    next_cursor = ma.fields.String(allow_none=True)
