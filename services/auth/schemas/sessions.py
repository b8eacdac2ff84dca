"""Sessions: signing in and refreshing."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.auth.schemas.fields import Code, DeviceToken, OneTimeCode, Secret, Username
from services.kit.fields import Identifier, InsuranceNumber, NationalCode
from services.kit.http.conventions import format_both
from services.kit.problems import Text


class NewSession(ma.Schema):
    """A citizen's national code or a user name, and the password; with a second factor its code too."""

    national_code = NationalCode()
    insurance_number = InsuranceNumber(
        metadata={
            "description": format_both(
                Text(
                    "به جای کد ملی، برای کسی که کد ملی ندارد.",
                    "Instead of national_code, for people without one.",
                )
            )
        }
    )
    username = Username(validate=validate.Length(min=1, max=64))
    password = Secret(required=True)
    totp = OneTimeCode(
        allow_none=True,
        metadata={
            "writeOnly": True,
            "description": format_both(
                Text(
                    "کد یک‌بارمصرف (RFC 6238) یا یک کد پشتیبان، اگر ورود دومرحله‌ای روشن است.",
                    "The one-time code (RFC 6238) or a recovery code, of those with a second factor.",
                )
            ),
        },
    )

    device_token = DeviceToken(
        allow_none=True,
        metadata={
            "writeOnly": True,
            "description": format_both(
                Text(
                    "همان `device_token` که ورود پیشین از این دستگاه داد؛ اگر نادرست باشد نادیده می‌ماند.",
                    "The `device_token` of an earlier sign-in on this device; an invalid one is ignored.",
                )
            ),
        },
    )
    sign_in_id = Identifier(
        metadata={
            "description": format_both(
                Text(
                    "شناسه‌ای که پاسخ `sign-in-code-required` داد، همراه با `code`.",
                    "The id from the response `sign-in-code-required`, together with `code`.",
                )
            )
        }
    )
    code = Code(
        metadata={
            "writeOnly": True,
            "description": format_both(Text("کد ورود که پیامک شد.", "The sign-in code from the message.")),
        }
    )

    @ma.validates_schema
    def _check_code(self, data: dict[str, Any], **_: Any) -> None:
        if ("sign_in_id" in data) != ("code" in data):
            raise ma.ValidationError(
                [Text("شناسه ورود و کد را با هم بفرستید.", "Send sign_in_id and code together.")], "code"
            )

    @ma.validates_schema
    def _check_user(self, data: dict[str, Any], **_: Any) -> None:
        if len({"national_code", "insurance_number", "username"} & data.keys()) != 1:
            raise ma.ValidationError(
                [
                    Text(
                        "کد ملی، شماره بیمه یا نام کاربری را بفرستید.",
                        "Send national_code, insurance_number or username.",
                    )
                ],
                "national_code",
            )


class NewRefresh(ma.Schema):
    refresh_token = Secret(required=True)


class Session(ma.Schema):
    access_token = ma.fields.String(required=True)
    refresh_token = ma.fields.String(required=True)
    token_type = ma.fields.Constant("Bearer")
    expires_in = ma.fields.Integer(
        required=True, metadata={"description": "Lifetime of the access token in seconds"}
    )


class StartedSession(Session):
    """The tokens of a new session, with the device token and the number of wrong codes."""

    device_token = ma.fields.String(
        metadata={
            "description": format_both(
                Text(
                    "اگر دستگاه تازه باشد؛ نگه دارید و در ورود بعدی بفرستید.",
                    "Present if the device was unknown; store it and send it with the next sign-in.",
                )
            )
        }
    )
    wrong_codes = ma.fields.Integer(
        strict=True,
        validate=validate.Range(min=1),
        metadata={
            "description": format_both(
                Text(
                    "تعداد کدهای یک‌بارمصرف نادرست با گذرواژه درست از ورود پیشین؛ برای کارشناسان و متصدیان.",
                    "Staff only: wrong one-time codes with the right password since the last sign-in.",
                )
            )
        },
    )

    @ma.post_dump
    def _omit_nulls(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if value is not None}
