"""The bodies of the web administration, and of what an institution's manager does."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import marshmallow as ma
from marshmallow import validate

from services.auth.actions.staff import OFFICER_SCOPES, USERNAME
from services.auth.actions.tokens import INSTITUTION_SCOPES
from services.kit.fields import IranianMobile, Line
from services.kit.problems import Text
from services.kit.text import normalise_figures

MAX_PURPOSES, MAX_RETURN_URLS, MAX_QUOTA = 30, 10, 1_000_000
PURPOSE_CODE = re.compile("[a-z][a-z0-9-]{0,31}")
NAME_INVALID = Text(
    "۳ تا ۶۴ نویسه از a-z، 0-9 و . _ - باشد و با حرف یا رقم آغاز شود.",
    "Must have 3 to 64 of a-z 0-9 . _ - and begin with a letter or digit.",
)
CODE_INVALID = Text(
    "کد هدف با حرف a-z آغاز می‌شود و حداکثر ۳۲ نویسه از a-z، 0-9 و - دارد.",
    "The code of a purpose begins with a letter and has at most 32 of a-z 0-9 -.",
)
URL_INVALID = Text("نشانی را کامل و با https بنویسید.", "Enter a full address that begins with https.")
REPEATED = Text("هر کدام یک بار بیاید.", "Name each one once.")
SCOPES_MISSING = Text("دست‌کم یک دسترسی انتخاب کنید.", "Choose at least one permission.")
SCOPES_OF_ADMIN = Text(
    "مدیر سامانه دسترسی کارشناس ندارد.", "An administrator has no permissions of officers."
)


class LoginName(ma.fields.String):
    """A new user name or client id."""

    def __init__(self, **kw: Any) -> None:
        super().__init__(validate=validate.Length(max=64), **kw)

    def _deserialize(self, value: Any, *given: Any, **kw: Any) -> str:
        name = normalise_figures(super()._deserialize(value, *given, **kw))
        if not USERNAME.fullmatch(name):
            raise ma.ValidationError([NAME_INVALID])
        return name


def _check_distinct(values: Sequence[object]) -> None:
    if len(set(map(str, values))) != len(values):
        raise ma.ValidationError(REPEATED)


def _build_scopes(scopes: Sequence[str], *, least: int = 0, **kw: Any) -> ma.fields.List[str]:
    checks: list[Callable[[Any], Any]] = [validate.Length(least, len(scopes)), _check_distinct]
    return ma.fields.List(ma.fields.String(validate=validate.OneOf(list(scopes))), validate=checks, **kw)


class NewOfficer(ma.Schema):
    username = LoginName(required=True)
    role = ma.fields.String(load_default="officer", validate=validate.OneOf(["officer", "admin"]))
    scopes = _build_scopes(OFFICER_SCOPES, load_default=list)

    @ma.validates_schema
    def _check_scopes(self, data: dict[str, Any], **_: Any) -> None:
        if data["role"] == "officer" and not data["scopes"]:
            raise ma.ValidationError([SCOPES_MISSING], "scopes")
        if data["role"] == "admin" and data["scopes"]:
            raise ma.ValidationError([SCOPES_OF_ADMIN], "scopes")


class OfficerChange(ma.Schema):
    """Everything about an officer that can change; an admin's `scopes` are not read."""

    scopes = _build_scopes(OFFICER_SCOPES, least=1, load_default=None)
    disabled = ma.fields.Boolean(required=True, truthy={True}, falsy={False})


class StaffMember(ma.Schema):
    id = ma.fields.UUID(required=True)
    username = ma.fields.String(required=True)
    added_at = ma.fields.AwareDateTime(format="iso", required=True)
    disabled_at = ma.fields.AwareDateTime(format="iso", required=True, allow_none=True)
    password_expires_at = ma.fields.AwareDateTime(
        format="iso", required=True, allow_none=True, metadata={"description": "of a one-time password"}
    )
    has_second_factor = ma.fields.Boolean(required=True)


class Officer(StaffMember):
    role = ma.fields.String(required=True, validate=validate.OneOf(["officer", "admin"]))
    scopes = ma.fields.List(ma.fields.String(), required=True)


class AddedOfficer(Officer):
    password = ma.fields.String(
        required=True, metadata={"description": "a one-time password, in this reply only"}
    )


class Officers(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Officer), required=True)


class OneTimePassword(ma.Schema):
    password = ma.fields.String(
        required=True, metadata={"description": "a one-time password, in this reply only"}
    )
    expires_at = ma.fields.AwareDateTime(format="iso", required=True)


class NewOwnClerk(ma.Schema):
    username = LoginName(required=True)


class NewClerk(NewOwnClerk):
    is_manager = ma.fields.Boolean(load_default=False, truthy={True}, falsy={False})


class OwnClerkChange(ma.Schema):
    disabled = ma.fields.Boolean(required=True, truthy={True}, falsy={False})


class ClerkChange(OwnClerkChange):
    is_manager = ma.fields.Boolean(required=True, truthy={True}, falsy={False})


class Clerk(StaffMember):
    is_manager = ma.fields.Boolean(required=True)


class AddedClerk(Clerk):
    password = ma.fields.String(
        required=True, metadata={"description": "a one-time password, in this reply only"}
    )


class Clerks(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Clerk), required=True)


class NewClient(ma.Schema):
    client_id = LoginName(required=True)
    scopes = _build_scopes(INSTITUTION_SCOPES, least=1, load_default=lambda: list(INSTITUTION_SCOPES))


class OwnClientChange(ma.Schema):
    disabled = ma.fields.Boolean(required=True, truthy={True}, falsy={False})


class ClientChange(OwnClientChange):
    scopes = _build_scopes(INSTITUTION_SCOPES, least=1, required=True)


class Client(ma.Schema):
    client_id = ma.fields.String(required=True, attribute="id")
    scopes = ma.fields.List(ma.fields.String(), required=True)
    added_at = ma.fields.AwareDateTime(format="iso", required=True)
    disabled_at = ma.fields.AwareDateTime(format="iso", required=True, allow_none=True)


class AddedClient(Client):
    secret = ma.fields.String(required=True, metadata={"description": "in this reply only"})


class Clients(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Client), required=True)


class Purpose(ma.Schema):
    code = ma.fields.String(required=True)
    fa = Line(100, shortest=1, required=True)
    en = Line(100, shortest=1, required=True)

    @ma.validates("code")
    def _check_code(self, code: str, **_: Any) -> None:
        if not PURPOSE_CODE.fullmatch(code):
            raise ma.ValidationError([CODE_INVALID])


def _check_codes(purposes: Sequence[Mapping[str, str]]) -> None:
    _check_distinct([purpose["code"] for purpose in purposes])


class HttpsUrl(ma.fields.String):
    """An address to which a person's last page may link."""

    def _deserialize(self, value: Any, *given: Any, **kw: Any) -> str:
        url = super()._deserialize(value, *given, **kw).strip()
        try:
            parts = urlsplit(url)
            is_valid = parts.scheme == "https" and bool(parts.hostname) and not parts.username
        except ValueError:
            is_valid = False
        if not is_valid or len(url) > 500 or not url.isprintable() or " " in url or parts.fragment:
            raise ma.ValidationError([URL_INVALID])
        return url


class NewInstitution(ma.Schema):
    name = Line(100, shortest=1, required=True)
    contact = Line(200, load_default=None, allow_none=True)
    contact_mobile = IranianMobile(load_default=None, allow_none=True)
    purposes = ma.fields.List(
        ma.fields.Nested(Purpose),
        load_default=list,
        validate=[validate.Length(max=MAX_PURPOSES), _check_codes],
    )
    return_urls = ma.fields.List(
        HttpsUrl(), load_default=list, validate=[validate.Length(max=MAX_RETURN_URLS), _check_distinct]
    )
    daily_quota = ma.fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(1, MAX_QUOTA)
    )
    verified = ma.fields.Boolean(load_default=False, truthy={True}, falsy={False})

    @ma.post_load
    def _drop_empty(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"contact": data["contact"] or None}


class InstitutionChange(NewInstitution):
    """Everything about an institution that can change: what is missing is emptied."""

    disabled = ma.fields.Boolean(required=True, truthy={True}, falsy={False})


class Institution(ma.Schema):
    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    contact = ma.fields.String(required=True, allow_none=True)
    contact_mobile = ma.fields.String(required=True, allow_none=True)
    purposes = ma.fields.List(ma.fields.Nested(Purpose), required=True)
    return_urls = ma.fields.List(ma.fields.String(), required=True)
    daily_quota = ma.fields.Integer(required=True, allow_none=True)
    added_at = ma.fields.AwareDateTime(format="iso", required=True)
    verified_since = ma.fields.AwareDateTime(format="iso", required=True, allow_none=True)
    disabled_at = ma.fields.AwareDateTime(format="iso", required=True, allow_none=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Return an attribute; an institution without purposes or addresses has empty lists of them."""
        value = super().get_attribute(obj, attr, default)
        return [] if value is None and attr in {"purposes", "return_urls"} else value


class InstitutionPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Institution), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class Act(ma.Schema):
    """One line of the log; `details` are the values that changed."""

    id = ma.fields.UUID(required=True)
    at = ma.fields.AwareDateTime(format="iso", required=True)
    actor = ma.fields.String(required=True)
    actor_role = ma.fields.String(required=True)
    action = ma.fields.String(required=True)
    target = ma.fields.String(required=True)
    institution_id = ma.fields.UUID(required=True, allow_none=True)
    details = ma.fields.Dict(keys=ma.fields.String(), required=True)


class ActPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Act), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class TokenKey(ma.Schema):
    kid = ma.fields.String(required=True)
    state = ma.fields.String(required=True, validate=validate.OneOf(["published", "signing", "retired"]))
    changed_at = ma.fields.AwareDateTime(format="iso", required=True)


class TokenKeys(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(TokenKey), required=True)
