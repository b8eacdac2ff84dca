"""Registrations and password resets."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.auth.schemas.fields import Code, OneTimeCode, Secret
from services.kit.fields import InsuranceNumber, JalaliDate, Mobile, NationalCode
from services.kit.http.conventions import format_both
from services.kit.problems import Text


class NewRegistration(ma.Schema):
    national_code = NationalCode(required=True)
    birth_date = JalaliDate(required=True, data_key="birth_date_jalali")
    mobile = Mobile(required=True)


class Registration(ma.Schema):
    registration_id = ma.fields.UUID(required=True)
    tracking_number = ma.fields.String(required=True)
    status = ma.fields.Constant("code-sent")
    expires_at = ma.fields.AwareDateTime(format="iso", required=True)


class RegistrationStatus(ma.Schema):
    status = ma.fields.String(required=True, validate=validate.OneOf(["code-sent", "activated", "expired"]))


class NewActivation(ma.Schema):
    activation_code = Code(required=True)
    password = Secret(required=True)


class Status(ma.Schema):
    status = ma.fields.String(required=True)


class NewPasswordReset(ma.Schema):
    """A national code, or the insurance number of a person without one, and the birth date."""

    national_code = NationalCode()
    insurance_number = InsuranceNumber()
    birth_date = JalaliDate(required=True, data_key="birth_date_jalali")

    @ma.validates_schema
    def _check_number(self, data: dict[str, Any], **_: Any) -> None:
        if ("national_code" in data) == ("insurance_number" in data):
            one = Text("یا کد ملی را بفرستید یا شماره بیمه را.", "Send national_code or insurance_number.")
            raise ma.ValidationError([one], "national_code")


class PasswordReset(ma.Schema):
    reset_id = ma.fields.UUID(required=True)
    status = ma.fields.Constant("code-sent")
    expires_at = ma.fields.AwareDateTime(format="iso", required=True)


class NewPasswordResetCompletion(ma.Schema):
    reset_code = Code(required=True)
    password = Secret(required=True)
    totp = OneTimeCode(
        allow_none=True,
        metadata={
            "writeOnly": True,
            "description": format_both(
                Text(
                    "کد برنامه رمزساز یا یک کد پشتیبان، اگر ورود دومرحله‌ای روشن است.",
                    "The code of an authenticator or a recovery code, of those with a second factor.",
                )
            ),
        },
    )
