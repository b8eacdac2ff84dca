"""The bodies of auth's requests and replies."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.kit.fields import Digits, Identifier, JalaliDate, Mobile, NationalCode
from services.kit.http.conventions import format_both
from services.kit.problems import Text
from services.kit.text import NotDigits, normalise_code, normalise_figures

# Far above the length of any accepted password: longer input is rejected unread.
MAX_TYPED = 1024


class Code(Digits):
    """The six digits of a message, in any accepted digits."""

    def __init__(self, **kw: Any) -> None:
        super().__init__(6, Text("کد شش رقم است.", "The code has six digits."), **kw)


class OneTimeCode(ma.fields.String):
    """The code of an authenticator, in any accepted digits; a malformed one becomes "", which is wrong."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kw: Any) -> str:
        try:
            return normalise_code(super()._deserialize(value, attr, data, **kw))
        except NotDigits:
            return ""


class ReversalCode(ma.fields.String):
    """The 16 digits of a message; the action parses it, so that a malformed code counts as a wrong one."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kw: Any) -> str:
        return super()._deserialize(value, attr, data, **kw)[:MAX_TYPED]


class Username(ma.fields.String):
    """A user name as it is typed or pasted: without spaces around it and what is not seen."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kw: Any) -> str:
        return normalise_figures(super()._deserialize(value, attr, data, **kw))


class DeviceToken(ma.fields.String):
    """The token of a known device; a malformed one becomes "", so that it never fails a sign-in."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kw: Any) -> str:
        return value if isinstance(value, str) and len(value) <= MAX_TYPED else ""


class Secret(ma.fields.String):
    """A password or a token: read as it was typed, and never in a reply."""

    def __init__(self, **kw: Any) -> None:
        super().__init__(validate=validate.Length(min=1, max=MAX_TYPED), metadata={"writeOnly": True}, **kw)


class NewRegistration(ma.Schema):
    national_code = NationalCode(required=True)
    birth_date = JalaliDate(required=True, data_key="birth_date_jalali")
    mobile = Mobile(required=True)


class Registration(ma.Schema):
    registration_id = ma.fields.UUID(required=True)
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
    national_code = NationalCode(required=True)
    birth_date = JalaliDate(required=True, data_key="birth_date_jalali")


class PasswordReset(ma.Schema):
    reset_id = ma.fields.UUID(required=True)
    status = ma.fields.Constant("code-sent")
    expires_at = ma.fields.AwareDateTime(format="iso", required=True)


class NewPasswordResetCompletion(ma.Schema):
    reset_code = Code(required=True)
    password = Secret(required=True)


class NewSession(ma.Schema):
    """A citizen's national code or a user name, and the password; staff may need a one-time code too."""

    national_code = NationalCode()
    username = Username(validate=validate.Length(min=1, max=64))
    password = Secret(required=True)
    totp = OneTimeCode(
        allow_none=True,
        metadata={
            "writeOnly": True,
            "description": format_both(
                Text(
                    "کد یک‌بارمصرف کارشناس یا متصدی (RFC 6238)، اگر برایش فعال شده است.",
                    "The one-time code (RFC 6238) of an officer or clerk, if required.",
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
        if ("national_code" in data) == ("username" in data):
            raise ma.ValidationError(
                [Text("کد ملی یا نام کاربری را بفرستید.", "Send either national_code or username.")],
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


class PasswordChange(ma.Schema):
    old_password = Secret(required=True)
    new_password = Secret(required=True)


class MobileChange(ma.Schema):
    mobile = Mobile(required=True)
    password = Secret(required=True)


class SentCode(ma.Schema):
    status = ma.fields.Constant("code-sent")
    expires_at = ma.fields.AwareDateTime(format="iso", required=True)


class NewMobileConfirmation(ma.Schema):
    code = Code(required=True)


class NewMobileReversal(ma.Schema):
    code = ReversalCode(required=True, metadata={"writeOnly": True})
