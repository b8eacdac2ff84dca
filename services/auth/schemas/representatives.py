"""The bodies of calls about representatives and mandates."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.auth.models import MandateStatus
from services.auth.schemas.fields import Secret
from services.kit.fields import Line, NationalCode
from services.kit.http.conventions import format_both
from services.kit.problems import Text

MAX_NAME = 60


class Given(StrEnum):
    """What can be given, as scopes of the token without `self:`."""

    RECORD = "record"
    LETTERS = "letters"
    PERMITS = "permits"


def _check_distinct(given: Sequence[str]) -> None:
    if len(set(given)) != len(given):
        raise ma.ValidationError(Text("هر مورد یک بار بیاید.", "Name each of them once."))


def _build_scopes() -> ma.fields.List[Any]:
    return ma.fields.List(
        ma.fields.String(validate=validate.OneOf([given.value for given in Given])),
        validate=[validate.Length(1, len(Given)), _check_distinct],
        metadata={
            "description": format_both(
                Text(
                    "record: دیدن سوابق؛ letters: درخواست و دیدن نامه‌ها؛ permits: صدور و لغو مجوز استعلام.",
                    "record: see the record; letters: ask for letters and see them; permits: issue and "
                    "revoke permits.",
                )
            )
        },
        required=True,
    )


def _describe(fa: str, en: str) -> dict[str, str]:
    return {"description": format_both(Text(fa, en))}


class NewRepresentative(ma.Schema):
    """Whom a person names, what is given and until when; the password confirms it."""

    national_code = NationalCode(required=True)
    label = Line(
        MAX_NAME,
        shortest=1,
        required=True,
        metadata=_describe("نامی که شما به نماینده می‌دهید.", "What you call your representative."),
    )
    name = Line(
        MAX_NAME,
        shortest=1,
        required=True,
        metadata=_describe("نام شما، چنان که نماینده می‌بیند.", "Your name, as your representative sees it."),
    )
    scopes = _build_scopes()
    valid_days = ma.fields.Integer(required=True, strict=True, validate=validate.Range(1, 365))
    password = Secret(required=True)


class _Mandate(ma.Schema):
    id = ma.fields.UUID(required=True)
    status = ma.fields.Enum(MandateStatus, by_value=True, required=True)
    name = ma.fields.String(
        required=True,
        metadata=_describe(
            "نام بیمه‌شده، چنان که نماینده می‌بیند.", "The person's name, as the helper sees it."
        ),
    )
    scopes = _build_scopes()
    invited_at = ma.fields.AwareDateTime(required=True)
    accepted_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    expires_at = ma.fields.AwareDateTime(required=True)


class Representative(_Mandate):
    """A representative as the person sees it."""

    label = ma.fields.String(required=True)
    national_code_ends = ma.fields.String(
        required=True,
        metadata=_describe("سه رقم پایانی کد ملی نماینده.", "The last three digits of the national code."),
    )
    ended_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    actor = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata=_describe(
            "شناسه نماینده در رویدادها و مجوزها، پس از پذیرش.",
            "The representative's id in activity and permits, after acceptance.",
        ),
    )


class RepresentativePage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Representative), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class Mandate(_Mandate):
    """A mandate or an invitation as the helper sees it."""

    person_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata=_describe("پس از پذیرش؛ برای نشست نمایندگی.", "After acceptance; for an acting session."),
    )


class MandatePage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Mandate), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class NewActingSession(ma.Schema):
    person_id = ma.fields.UUID(required=True)


class ActingSession(ma.Schema):
    """A representative's token: `sub` is the person, `act.sub` the representative."""

    access_token = ma.fields.String(required=True)
    token_type = ma.fields.Constant("Bearer")
    expires_in = ma.fields.Integer(required=True)
    scope = ma.fields.String(required=True)
    mandate_expires_at = ma.fields.AwareDateTime(required=True)
