"""Fields of auth's requests: codes, user names, tokens of devices, and secrets."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.kit.fields import Digits
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
