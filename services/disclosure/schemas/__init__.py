"""Schemas of requests and responses over HTTP; only the routes use them."""

from collections.abc import Mapping, Sequence
from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.disclosure.actions.letters import find_offer
from services.disclosure.actions.requests import TrackedRequest
from services.disclosure.models import (
    MAX_NOTE,
    MAX_REASON,
    FailureCode,
    LetterLanguage,
    LetterState,
    RequestState,
    WaitingCode,
)
from services.disclosure.schemas.activity import ActivityPage, ActivityQuery, describe_item
from services.kit.fields import Line, Parsed
from services.kit.latin_names import LATIN_NAME_ALONE, LATIN_NAME_INVALID, MAX_LATIN_NAME, parse_latin_name
from services.kit.paging import PageQuery
from services.kit.problems import Text
from services.kit.statement_types import StatementType

__all__ = ["ActivityPage", "ActivityQuery", "describe_item"]

FAILURES: Mapping[FailureCode, Text] = {
    FailureCode.RENDERING_FAILED: Text(
        "تهیه نامه ناموفق بود. دوباره تلاش کنید؛ اگر باز هم نشد، شماره پیگیری را به پشتیبانی بدهید.",
        "The letter could not be made. Try again; if it fails again, give support the tracking number.",
    ),
    FailureCode.STATEMENT_TOO_LARGE: Text(
        "سوابق در یک نامه جا نمی‌گیرد. نوع‌های کمتری یا نامه فارسی را انتخاب کنید و درخواست تازه بفرستید.",
        "The record does not fit in one letter. Choose fewer types, or a Persian letter, and send a new "
        "request.",
    ),
}
OUTAGES: Mapping[str, Text] = {
    WaitingCode.TIMESTAMP.value: Text(
        "سامانه مهر زمانی در دسترس نیست و نامه شما دیرتر آماده می‌شود. لازم نیست کاری کنید.",
        "The time stamp authority is unavailable, so your letter is delayed. You need not do anything.",
    ),
    WaitingCode.STORAGE.value: Text(
        "محل نگهداری نامه‌ها در دسترس نیست و نامه شما دیرتر آماده می‌شود. لازم نیست کاری کنید.",
        "The store of letters is unavailable, so your letter is delayed. You need not do anything.",
    ),
    WaitingCode.CERTIFICATE.value: Text(
        "گواهی امضای سازمان در دسترس نیست و نامه شما دیرتر آماده می‌شود. لازم نیست کاری کنید.",
        "The signing certificate is unavailable, so your letter is delayed. You need not do anything.",
    ),
}
# The largest integer of the database.
MAX_VERSION = 2**31 - 1


def _build_choice(
    values: type[RequestState] | type[LetterState] | type[LetterLanguage] | type[StatementType],
    **options: Any,
) -> ma.fields.String:
    return ma.fields.String(validate=validate.OneOf([value.value for value in values]), **options)


def _check_distinct(types: Sequence[str]) -> None:
    if len(set(types)) != len(types):
        raise ma.ValidationError(Text("هر نوع یک بار بیاید.", "Name each type once."))


class RequestType(ma.Schema):
    """A type of statement that a letter can show."""

    type = _build_choice(StatementType)
    title = ma.fields.String()


class RequestTypes(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(RequestType))


class Quota(ma.Schema):
    """How many letters the person may still request; with none left, when the next one is possible."""

    limit = ma.fields.Integer()
    remaining = ma.fields.Integer()
    next_at = ma.fields.AwareDateTime(allow_none=True)


class AgreementQuery(ma.Schema):
    """The version of an agreement, by default the current one."""

    version = ma.fields.Integer(load_default=None, validate=validate.Range(1, MAX_VERSION))


class Agreement(ma.Schema):
    """`sha256` is over the UTF-8 bytes of `text_fa`, one line feed, `text_en`."""

    version = ma.fields.Integer()
    text_fa = ma.fields.String()
    text_en = ma.fields.String()
    sha256 = ma.fields.String()


class NewRequest(ma.Schema):
    types = ma.fields.List(
        _build_choice(StatementType),
        required=True,
        validate=[validate.Length(1, len(StatementType)), _check_distinct],
    )
    agreement_version = ma.fields.Integer(required=True, strict=True)
    agreed = ma.fields.Boolean(load_default=False, allow_none=True, truthy={True}, falsy={False})
    note = Line(MAX_NOTE, load_default=None, allow_none=True)
    language = _build_choice(
        LetterLanguage,
        load_default=LetterLanguage.PERSIAN.value,
        metadata={"description": "fa: Persian; fa-en: English beside Persian"},
    )
    latin_name = Parsed(
        parse_latin_name,
        LATIN_NAME_INVALID,
        load_default=None,
        allow_none=True,
        metadata={
            "description": "the person's own spelling of the name, as in the passport: letters A-Z, spaces, "
            f"hyphens and apostrophes, at most {MAX_LATIN_NAME}; only with fa-en",
        },
    )

    @ma.validates_schema
    def _check_latin_name(self, fields: dict[str, Any], **_: Any) -> None:
        if fields["latin_name"] and fields["language"] != LetterLanguage.BILINGUAL:
            raise ma.ValidationError([LATIN_NAME_ALONE], "latin_name")

    @ma.post_load
    def _normalise_fields(self, fields: dict[str, Any], **_: Any) -> dict[str, Any]:
        types = [kind.value for kind in StatementType if kind.value in fields["types"]]
        return {**fields, "note": fields["note"] or None, "types": types}


class RequestAccepted(ma.Schema):
    id = ma.fields.UUID()
    tracking_number = ma.fields.String()
    status = _build_choice(RequestState)


class Failure(ma.Schema):
    code = ma.fields.String()
    message = ma.fields.String()


class Waiting(ma.Schema):
    code = ma.fields.String()
    message = ma.fields.String()


class Request(RequestAccepted):
    types = ma.fields.List(_build_choice(StatementType))
    note = ma.fields.String(allow_none=True)
    language = _build_choice(LetterLanguage)
    latin_name = ma.fields.String(allow_none=True)
    agreement_version = ma.fields.Integer()
    requested_at = ma.fields.AwareDateTime()
    failure = ma.fields.Nested(Failure, allow_none=True)
    waiting = ma.fields.Nested(Waiting, allow_none=True)
    letter_id = ma.fields.UUID(allow_none=True)


class RequestPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Request))
    next_cursor = ma.fields.String(allow_none=True)


class RequestQuery(PageQuery):
    status = ma.fields.Enum(RequestState, by_value=True, load_default=None)


class BothLanguages(ma.Schema):
    fa = ma.fields.String()
    en = ma.fields.String()


class Offer(ma.Schema):
    types = ma.fields.List(_build_choice(StatementType))
    message = ma.fields.Nested(BothLanguages)


class Letter(ma.Schema):
    id = ma.fields.UUID()
    disclosure_id = ma.fields.UUID(data_key="request_id")
    serial = ma.fields.String()
    types = ma.fields.List(_build_choice(StatementType))
    issued_at = ma.fields.AwareDateTime()
    pages = ma.fields.Integer()
    size = ma.fields.Integer()
    sha256 = ma.fields.String()
    seen_at = ma.fields.AwareDateTime(allow_none=True)
    state = ma.fields.Enum(LetterState, by_value=True)
    superseded_at = ma.fields.AwareDateTime(allow_none=True)
    superseded_by = ma.fields.UUID(allow_none=True)
    offer = ma.fields.Nested(
        Offer,
        allow_none=True,
        metadata={"description": "what to request instead of a superseded letter"},
    )
    revoked_at = ma.fields.AwareDateTime(allow_none=True)
    revocation_reason = ma.fields.String(allow_none=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Return an attribute of a letter, or its offer."""
        return find_offer(obj) if attr == "offer" else super().get_attribute(obj, attr, default)


class InboxLetter(Letter):
    """A letter for its owner; officers do not see the note."""

    language = _build_choice(LetterLanguage)
    note = ma.fields.String(
        allow_none=True, metadata={"description": "what the owner noted when requesting the letter"}
    )

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Return the note, the language, or an attribute of the letter."""
        if attr in {"note", "language"}:
            return getattr(obj, attr)
        return super().get_attribute(obj.letter, attr, default)


class LetterPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(InboxLetter))
    next_cursor = ma.fields.String(allow_none=True)


class Revocation(ma.Schema):
    reason = Line(MAX_REASON, shortest=1, required=True)


class SealedLetter(Letter):
    """What inquiry seals for a permit."""

    class Meta:
        fields = ("id", "serial", "types", "issued_at", "sha256", "state", "pages", "size")


def describe_request(tracked: TrackedRequest, language: str) -> Mapping[str, Any]:
    """Return the fields of `Request`."""
    disclosure_request = tracked.disclosure_request
    code, waiting_code = disclosure_request.failure_code, disclosure_request.waiting_code
    outage = OUTAGES.get(waiting_code or "")
    return {
        "id": disclosure_request.id,
        "tracking_number": disclosure_request.tracking_number,
        "status": disclosure_request.state.value,
        "types": disclosure_request.types,
        "note": disclosure_request.note,
        "language": disclosure_request.language or LetterLanguage.PERSIAN,
        "latin_name": disclosure_request.latin_name,
        "agreement_version": disclosure_request.agreement_version,
        "requested_at": disclosure_request.requested_at,
        "failure": {"code": code.value, "message": FAILURES[code].pick(language)} if code else None,
        "waiting": {"code": waiting_code, "message": outage.pick(language)} if outage else None,
        "letter_id": tracked.letter_id,
    }
