"""Answers about a record and letters that an institution has asked for, and receipts, as signed JSON.

Answers are `typ: govah-answers+jwt`, letters `govah-letter+jwt`, both made for one institution (`aud`) until
their end (`exp`). A permit that shows answers to everybody who has its code has no `aud`. Receipts are
`govah-receipt+jwt`: they say what was shown to whom, and do not end.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from govah_verify.check_digit import has_valid_check_digit
from govah_verify.key_set import ANSWERS_TYPE, LETTER_TYPE, RECEIPT_TYPE, CredentialKey
from govah_verify.signatures import LEEWAY, Opened, SignatureFault, SignatureInvalid, open_signed

LARGEST_ANSWER = 64 * 1024
MOST_ANSWERS = 5
ANSWERS = frozenset({"yes", "no", "disputed", "not-known-yet"})
_MONTH = re.compile("1[2-4][0-9]{2}-(0[1-9]|1[0-2])")
_DAY = re.compile("1[2-4][0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_SHA256 = re.compile("[0-9a-f]{64}")
_DOCUMENT_KEY = re.compile("[A-Za-z0-9_-]{43}")
# Year 9999: what is later has no date.
_LATEST = 253_402_300_799


class AnswerFault(StrEnum):
    MALFORMED = "malformed"
    OTHER_KIND = "other-kind"
    KEY_UNKNOWN = "key-unknown"
    KEY_OF_OTHERS = "key-of-others"
    SIGNATURE_WRONG = "signature-wrong"
    KEY_RETIRED = "key-retired"
    OTHER_ISSUER = "other-issuer"
    OTHER_AUDIENCE = "other-audience"
    NOT_YET_VALID = "not-yet-valid"
    ENDED = "ended"


class AnswerInvalid(ValueError):
    """The text proves nothing now; `fault` says why."""

    def __init__(self, fault: AnswerFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True)
class Proved:
    """What a signed text proves: its claims, its kind (`typ`) and the id of its key."""

    claims: Mapping[str, Any]
    kind: str
    kid: str

    @property
    def issued_at(self) -> datetime:
        """When it was signed."""
        return datetime.fromtimestamp(self.claims["iat"], UTC)

    @property
    def ends_at(self) -> datetime | None:
        """When it ends; None for a receipt."""
        return datetime.fromtimestamp(self.claims["exp"], UTC) if "exp" in self.claims else None


def verify_answer(
    text: str,
    keys: Iterable[CredentialKey],
    audience: str | None,
    issuers: Sequence[str] = (),
    now: datetime | None = None,
) -> Proved:
    """Return what answers prove to the institution `audience`. Raises AnswerInvalid.

    Without an audience only answers count that were made for no institution. `issuers` are the public
    addresses whose answers count; without any, all that are signed do.
    """
    return _verify(text, keys, audience, issuers, now, ANSWERS_TYPE)


def verify_letter(
    text: str,
    keys: Iterable[CredentialKey],
    audience: str | None,
    issuers: Sequence[str] = (),
    now: datetime | None = None,
) -> Proved:
    """Return what a letter that was asked for proves, like `verify_answer`. Raises AnswerInvalid.

    `sha256` is of the PDF, `statement_sha256` of the statement's RFC 8785 JSON without its time, and
    `document_key` decrypts both copies.
    """
    return _verify(text, keys, audience, issuers, now, LETTER_TYPE)


def verify_answer_or_letter(
    text: str,
    keys: Iterable[CredentialKey],
    audience: str | None,
    issuers: Sequence[str] = (),
    now: datetime | None = None,
) -> Proved:
    """Return what either of them proves; `kind` says which it is. Raises AnswerInvalid."""
    return _verify(text, keys, audience, issuers, now, ANSWERS_TYPE, LETTER_TYPE)


def verify_receipt(
    text: str, keys: Iterable[CredentialKey], issuers: Sequence[str] = (), now: datetime | None = None
) -> Proved:
    """Return what a receipt proves. Raises AnswerInvalid."""
    opened = _open(text, keys, [RECEIPT_TYPE])
    _check_issue(opened, issuers, now or datetime.now(UTC))
    return Proved(opened.claims, opened.kind, opened.key.kid)


def _verify(
    text: str,
    keys: Iterable[CredentialKey],
    audience: str | None,
    issuers: Sequence[str],
    now: datetime | None,
    *kinds: str,
) -> Proved:
    moment = now or datetime.now(UTC)
    opened = _open(text, keys, kinds)
    claims = opened.claims
    if not all(is_valid(claims.get(name)) for name, is_valid in _CHECKS[opened.kind].items()):
        raise AnswerInvalid(AnswerFault.MALFORMED)
    if "aud" in claims and not isinstance(claims["aud"], str):
        raise AnswerInvalid(AnswerFault.MALFORMED)
    _check_issue(opened, issuers, moment)
    if claims["exp"] <= claims["iat"]:
        raise AnswerInvalid(AnswerFault.MALFORMED)
    if claims.get("aud") != audience:
        raise AnswerInvalid(AnswerFault.OTHER_AUDIENCE)
    if claims["exp"] <= moment.timestamp():
        raise AnswerInvalid(AnswerFault.ENDED)
    return Proved(claims, opened.kind, opened.key.kid)


def _open(text: str, keys: Iterable[CredentialKey], kinds: Sequence[str]) -> Opened:
    try:
        return open_signed(text, keys, kinds, LARGEST_ANSWER)
    except SignatureInvalid as error:
        raise AnswerInvalid(_FAULTS[error.fault]) from error


_FAULTS: Mapping[SignatureFault, AnswerFault] = {fault: AnswerFault(fault.value) for fault in SignatureFault}


def _check_issue(opened: Opened, issuers: Sequence[str], now: datetime) -> None:
    """Check who has signed the claims, and when."""
    claims = opened.claims
    if not _is_moment(claims.get("iat")) or not isinstance(claims.get("iss"), str):
        raise AnswerInvalid(AnswerFault.MALFORMED)
    if issuers and claims["iss"].rstrip("/") not in {issuer.rstrip("/") for issuer in issuers}:
        raise AnswerInvalid(AnswerFault.OTHER_ISSUER)
    if not opened.key.is_signing_at(claims["iat"]):
        raise AnswerInvalid(AnswerFault.KEY_RETIRED)
    if claims["iat"] > now.timestamp() + LEEWAY:
        raise AnswerInvalid(AnswerFault.NOT_YET_VALID)


def _is_moment(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _LATEST


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_text_or_null(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_serial(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 13 and has_valid_check_digit(value)


def _build_pattern_check(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_answers(value: Any) -> bool:
    return isinstance(value, list) and 1 <= len(value) <= MOST_ANSWERS and all(map(_is_answer, value))


def _is_answer(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("question"), str)
        and isinstance(value.get("answer"), str)
        and value["answer"] in ANSWERS
        and all(type(parameter) in (str, int) for parameter in value.values())
    )


_COMMON: Mapping[str, Callable[[Any], bool]] = {
    "iss": _is_text,
    "jti": _is_serial,
    "iat": _is_moment,
    "exp": _is_moment,
    "national_code": _is_text_or_null,
    "name": _is_text,
    "as_of_jalali": _build_pattern_check(_DAY),
    "purpose": _is_text_or_null,
    "reference": _is_text_or_null,
}
_CHECKS: Mapping[str, Mapping[str, Callable[[Any], bool]]] = {
    ANSWERS_TYPE: {**_COMMON, "closed_until_jalali": _build_pattern_check(_MONTH), "answers": _is_answers},
    LETTER_TYPE: {
        **_COMMON,
        "serial": _is_serial,
        "sha256": _build_pattern_check(_SHA256),
        "statement_sha256": _build_pattern_check(_SHA256),
        "document_key": _build_pattern_check(_DOCUMENT_KEY),
    },
}
