"""A person's own account as a whole: second factors, devices, preferences, and all that is stored."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.auth.schemas.fields import DeviceToken, OneTimeCode, Secret
from services.kit.fields import Line
from services.kit.http.conventions import format_both
from services.kit.problems import Text

FACTOR_KINDS = ("totp", "passkey")
LANGUAGES = ("fa", "en")


class OmitNulls(ma.Schema):
    @ma.post_dump
    def _omit_nulls(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if value is not None}


class OwnFactor(OmitNulls):
    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True, validate=validate.OneOf(FACTOR_KINDS))
    name = ma.fields.String(metadata={"description": "Of a passkey"})
    added_at = ma.fields.AwareDateTime(format="iso", required=True)
    last_used_at = ma.fields.AwareDateTime(format="iso")


class OwnAccount(OmitNulls):
    """An account as its holder sees it; citizens have other members than staff."""

    role = ma.fields.String(
        required=True, validate=validate.OneOf(["citizen", "officer", "institution", "admin"])
    )
    national_code = ma.fields.String()
    insurance_number = ma.fields.String(
        metadata={
            "description": format_both(Text("کسی که کد ملی ندارد.", "Of a person without a national code."))
        }
    )
    mobile = ma.fields.String(
        metadata={"description": format_both(Text("بی رقم‌های میانی.", "Without the middle digits."))}
    )
    language = ma.fields.String(
        validate=validate.OneOf(LANGUAGES),
        metadata={"description": format_both(Text("زبان پیامک‌ها.", "The language of messages."))},
    )
    username = ma.fields.String()
    institution = ma.fields.String()
    activated_at = ma.fields.AwareDateTime(format="iso", required=True)
    has_second_factor = ma.fields.Boolean(required=True)
    second_factors = ma.fields.List(ma.fields.Nested(OwnFactor), required=True)
    recovery_codes_left = ma.fields.Integer(required=True)


class AccountChange(ma.Schema):
    language = ma.fields.String(required=True, validate=validate.OneOf(LANGUAGES))


class PasswordConfirmation(ma.Schema):
    password = Secret(required=True)


class ClosedAccount(ma.Schema):
    status = ma.fields.Constant("closed")
    closes_at = ma.fields.AwareDateTime(
        format="iso",
        required=True,
        metadata={
            "description": format_both(
                Text(
                    "تا این لحظه با گذرواژه تازه باز می‌شود؛ پس از آن حذف می‌شود.",
                    "Until then a new password opens it again; after that it is deleted.",
                )
            )
        },
    )


class OwnDevice(OmitNulls):
    id = ma.fields.UUID(required=True)
    browser = ma.fields.String(metadata={"description": "Its kind, such as firefox; missing if unknown"})
    system = ma.fields.String(metadata={"description": "Such as android; missing if unknown"})
    first_used_at = ma.fields.AwareDateTime(format="iso", required=True)
    last_used_at = ma.fields.AwareDateTime(format="iso", required=True)
    signed_in = ma.fields.Boolean(required=True, attribute="is_signed_in")
    current = ma.fields.Boolean(required=True, attribute="is_current")


class OwnDevices(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(OwnDevice), required=True)
    next_cursor = ma.fields.Constant(None)


class WantedPreference(ma.Schema):
    """How messages of one kind reach the person."""

    kind = ma.fields.String(required=True, validate=validate.Length(min=1, max=40))
    delivery = ma.fields.String(required=True, validate=validate.OneOf(["message", "portal"]))


class WantedPreferences(ma.Schema):
    preferences = ma.fields.List(
        ma.fields.Nested(WantedPreference), required=True, validate=validate.Length(max=50)
    )


class Preference(WantedPreference):
    fixed = ma.fields.Boolean(
        required=True,
        attribute="is_fixed",
        metadata={
            "description": format_both(
                Text("این نوع همیشه پیامک می‌شود.", "Messages of this kind are always sent.")
            )
        },
    )


class Preferences(ma.Schema):
    preferences = ma.fields.List(ma.fields.Nested(Preference), required=True)


class ExportedAccount(OwnAccount):
    mobile = ma.fields.String()


class ExportedMessage(ma.Schema):
    """A message to the person that is still stored: two days, without its text."""

    kind = ma.fields.String(required=True)
    occurred_at = ma.fields.AwareDateTime(format="iso", required=True)
    sent = ma.fields.Boolean(required=True, attribute="is_sent")


class ExportedView(ma.Schema):
    """A view of a letter that is counted in the message of its day."""

    occurred_at = ma.fields.AwareDateTime(format="iso", required=True)


class ExportedDocument(OmitNulls):
    account = ma.fields.Nested(ExportedAccount, required=True)
    devices = ma.fields.List(ma.fields.Nested(OwnDevice), required=True)
    preferences = ma.fields.List(ma.fields.Nested(Preference))
    messages = ma.fields.List(ma.fields.Nested(ExportedMessage))
    views = ma.fields.List(ma.fields.Nested(ExportedView))


class NewFactor(ma.Schema):
    kind = ma.fields.String(required=True, validate=validate.OneOf(FACTOR_KINDS))
    password = Secret(required=True)


class FactorRequest(OmitNulls):
    """A second factor that is not in use yet: a secret for an authenticator, or options for a browser."""

    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True, validate=validate.OneOf(FACTOR_KINDS))
    status = ma.fields.Constant("pending")
    expires_at = ma.fields.AwareDateTime(format="iso", required=True)
    secret = ma.fields.String(metadata={"description": "base32, of `totp`"})
    otpauth_url = ma.fields.String(metadata={"description": "For a QR code, of `totp`"})
    options = ma.fields.Dict(
        keys=ma.fields.String(), metadata={"description": "PublicKeyCredentialCreationOptionsJSON (WebAuthn)"}
    )


class FactorConfirmation(ma.Schema):
    """The first code of an authenticator, or the answer of a browser and a name for the passkey."""

    code = OneTimeCode(metadata={"writeOnly": True})
    credential = ma.fields.Dict(
        keys=ma.fields.String(), metadata={"description": "RegistrationResponseJSON (WebAuthn)"}
    )
    name = Line(60, load_default="")

    @ma.validates_schema
    def _check_kind(self, data: dict[str, Any], **_: Any) -> None:
        if ("code" in data) == ("credential" in data):
            raise ma.ValidationError(
                [Text("کد یا پاسخ مرورگر را بفرستید.", "Send either code or credential.")], "code"
            )


class ConfirmedFactor(ma.Schema):
    status = ma.fields.Constant("active")
    recovery_codes = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={
            "description": format_both(
                Text(
                    "ده کد برای وقتی که ورود دومرحله‌ای در دسترس نیست؛ فقط همین یک بار، و فقط با اولین مورد.",
                    "Ten codes for a lost second factor: in this reply only, and with the first one only.",
                )
            )
        },
    )


class RecoveryCodes(ma.Schema):
    recovery_codes = ma.fields.List(ma.fields.String(), required=True)


class PasskeyRequest(ma.Schema):
    request_id = ma.fields.UUID(required=True, attribute="id")
    expires_at = ma.fields.AwareDateTime(format="iso", required=True)
    options = ma.fields.Dict(
        keys=ma.fields.String(),
        required=True,
        metadata={"description": "PublicKeyCredentialRequestOptionsJSON (WebAuthn)"},
    )


class PasskeySession(ma.Schema):
    request_id = ma.fields.UUID(required=True)
    credential = ma.fields.Dict(
        keys=ma.fields.String(),
        required=True,
        metadata={"description": "AuthenticationResponseJSON (WebAuthn)"},
    )
    device_token = DeviceToken(allow_none=True, metadata={"writeOnly": True})
