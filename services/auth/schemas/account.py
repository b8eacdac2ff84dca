"""A person's own account."""

import marshmallow as ma
from marshmallow import validate

from services.auth.schemas.fields import Code, ReversalCode, Secret
from services.kit.fields import Mobile
from services.kit.http.conventions import format_both
from services.kit.problems import Text


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
