"""A person's own account."""

import marshmallow as ma

from services.auth.schemas.fields import Code, ReversalCode, Secret
from services.kit.fields import Mobile


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
