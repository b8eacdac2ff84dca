"""The bodies of calls at the counter."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.auth.models.counter import DocumentKind, IdentificationStatus
from services.auth.schemas.fields import ReversalCode, Secret
from services.kit.fields import InsuranceNumber, JalaliDate, Line, Mobile, NationalCode
from services.kit.http.conventions import format_both
from services.kit.paging import PageQuery
from services.kit.problems import Text

MAX_NOTE = MAX_REASON = 500
ENDS_WRONG = Text(
    "تنها سه یا چهار نویسه پایانی شماره مدرک را بنویسید.", "Enter only the last three or four characters."
)


class NewIdentification(ma.Schema):
    """What an officer has read in the documents; of the document's number only its end."""

    national_code = NationalCode()
    insurance_number = InsuranceNumber()
    birth_date = JalaliDate(required=True, data_key="birth_date_jalali")
    mobile = Mobile(required=True)
    document = ma.fields.Enum(DocumentKind, by_value=True, required=True)
    document_ends = Line(
        4,
        shortest=3,
        required=True,
        metadata={
            "description": format_both(
                Text(
                    "سه یا چهار نویسه پایانی شماره مدرک.", "The last three or four characters of its number."
                )
            )
        },
    )
    note = Line(MAX_NOTE, load_default="")

    @ma.validates_schema(skip_on_field_errors=True)
    def _check_number(self, data: dict[str, Any], **_: Any) -> None:
        if ("national_code" in data) == ("insurance_number" in data):
            both = Text("یا کد ملی را بفرستید یا شماره بیمه را.", "Send national_code or insurance_number.")
            raise ma.ValidationError([both], "national_code")


class Identification(ma.Schema):
    """An identification as officers see it."""

    id = ma.fields.UUID(required=True)
    status = ma.fields.String(
        required=True, validate=validate.OneOf([*(one.value for one in IdentificationStatus), "expired"])
    )
    person_id = ma.fields.UUID(required=True)
    national_code = ma.fields.String(required=True, allow_none=True)
    insurance_number = ma.fields.String(required=True, allow_none=True)
    birth_date = JalaliDate(required=True, data_key="birth_date_jalali")
    mobile = ma.fields.String(required=True)
    has_account = ma.fields.Boolean(
        required=True,
        metadata={
            "description": format_both(
                Text(
                    "true: حساب دارد و شماره و گذرواژه‌اش عوض می‌شود.",
                    "true: the mobile and password of an existing account are replaced.",
                )
            )
        },
    )
    document = ma.fields.Enum(DocumentKind, by_value=True, required=True)
    document_ends = ma.fields.String(required=True)
    note = ma.fields.String(required=True)
    proposed_by = ma.fields.UUID(required=True)
    proposed_at = ma.fields.AwareDateTime(required=True)
    decided_by = ma.fields.UUID(required=True, allow_none=True)
    decided_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    reason = ma.fields.String(required=True, allow_none=True)
    expires_at = ma.fields.AwareDateTime(required=True)
    activated_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class IdentificationPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Identification), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class IdentificationQuery(PageQuery):
    status = ma.fields.String(
        load_default=None, validate=validate.OneOf([one.value for one in IdentificationStatus])
    )


class Rejection(ma.Schema):
    reason = Line(MAX_REASON, shortest=1, required=True)


class NewCounterActivation(ma.Schema):
    code = ReversalCode(required=True, metadata={"writeOnly": True})
    password = Secret(required=True)
