"""The token after the # of a letter's QR code: the claims of a paper letter, signed with Ed25519.

A token is `base64url(claims + signature)` without padding. The claims of version 1 have 37 bytes: the version
in 1 byte, the key id in 8, the serial number in 6, the day of issue in 3 (days since 1970-01-01, by the date
in Tehran), the total days in 3, and the first 16 bytes of the statement's hash. Letters have tokens of
version 2 since 2026-12; older letters stay valid for as long as their paper lasts.

Version 2 also states whose letter it is. After the total days: the first and the last month in 2 bytes each
(Jalali year * 12 + month - 1; 0 if it is missing). After the hash: the check values of the name and of the
number in 2 bytes each (`check_values`), the Jalali year of birth in 2 (0 where it is unknown), and the
initials, UTF-8, behind their length in 1 byte. A Persian token has 155 characters.

Ed25519 is deterministic, so the same letter always has the same token.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from govah_verify.check_values import build_initials, compute_name_value, compute_number_value

EPOCH = date(1970, 1, 1)
SIGNATURE_BYTES = 64
HASH_BYTES = 16
# Characters of the shortest and of the longest token.
MIN_LENGTH, MAX_LENGTH = 135, 160
_VERSIONS = (1, 2)
_MAX_INITIALS_BYTES = 8
# Of version 1, and of version 2 without initials.
_CLAIMS_BYTES = {1: 1 + 8 + 6 + 3 + 3 + HASH_BYTES, 2: 1 + 8 + 6 + 3 + 3 + 2 + 2 + HASH_BYTES + 2 + 2 + 2 + 1}
_LENGTH_AT = _CLAIMS_BYTES[2] - 1
# Domain separation: a signature of a token must not be valid for anything else.
_CONTEXT = b"govah letter token\x00"


class TokenMalformed(ValueError):
    """The text is not a letter's token, or its version is unknown."""


class KeyUnknown(ValueError):
    """The token names a key that is not trusted."""


@dataclass(frozen=True)
class PersonClaims:
    """Whom a letter is about, and the months that it covers, as `1403-07`; None and 0 where it is unknown.

    `initials` are folded as names are. The check values fit a name and a number, and reveal neither.
    """

    initials: str
    birth_year: int | None
    name_value: int
    number_value: int
    first_month: str | None
    last_month: str | None


@dataclass(frozen=True)
class LetterClaims:
    """The claims of a token. `statement_hash` is the beginning of `hash_statement(statement)`.

    `person` is None in a token of version 1.
    """

    serial: str
    issued_on: date
    total_days: int
    statement_hash: bytes
    person: PersonClaims | None = None


def hash_statement(statement: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 of a statement's JSON with sorted keys, without white space, in UTF-8."""
    text = json.dumps(statement, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).digest()


def build_claims(serial: str, issued_on: date, statement: Mapping[str, Any]) -> LetterClaims:
    """Return the claims of a letter's token, version 2."""
    person, summary = statement["person"], statement["summary"]
    first_name, last_name = person["first_name"], person["last_name"]
    born = person["birth_date_jalali"]
    claims = PersonClaims(
        initials=build_initials(first_name, last_name),
        birth_year=int(born[:4]) if born else None,
        name_value=compute_name_value(serial, f"{first_name} {last_name}"),
        number_value=compute_number_value(serial, person["national_code"], person["insurance_number"]),
        first_month=summary["first_month_jalali"],
        last_month=summary["last_month_jalali"],
    )
    return LetterClaims(
        serial, issued_on, summary["total_days"], hash_statement(statement)[:HASH_BYTES], claims
    )


def compute_key_id(key: Ed25519PublicKey) -> bytes:
    """Return the eight bytes that identify a key in tokens."""
    return sha256(key.public_bytes_raw()).digest()[:8]


def mint_token(key: Ed25519PrivateKey, claims: LetterClaims) -> str:
    """Return the token of claims; it is deterministic. Raises OverflowError for claims that are too large."""
    person = claims.person
    body = b"".join(
        (
            bytes([2 if person else 1]),
            compute_key_id(key.public_key()),
            int(claims.serial).to_bytes(6, "big"),
            (claims.issued_on - EPOCH).days.to_bytes(3, "big"),
            claims.total_days.to_bytes(3, "big"),
            _encode_months(person) if person else b"",
            claims.statement_hash,
            _encode_person(person) if person else b"",
        )
    )
    return base64.urlsafe_b64encode(body + key.sign(_CONTEXT + body)).rstrip(b"=").decode("ascii")


def verify_token(token: str, keys: Iterable[Ed25519PublicKey]) -> LetterClaims:
    """Return the claims of a token that one of these keys has signed.

    Raises TokenMalformed, KeyUnknown and InvalidSignature; OverflowError for a signed date that is invalid.
    """
    raw = _decode_token(token)
    body, signature = raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:]
    key = next((key for key in keys if compute_key_id(key) == body[1:9]), None)
    if key is None:
        raise KeyUnknown
    key.verify(signature, _CONTEXT + body)
    hash_at = 21 if body[0] == 1 else 25
    return LetterClaims(
        serial=f"{_read_number(body[9:15]):013}",
        issued_on=EPOCH + timedelta(days=_read_number(body[15:18])),
        total_days=_read_number(body[18:21]),
        statement_hash=body[hash_at : hash_at + HASH_BYTES],
        person=None if body[0] == 1 else _decode_person(body[21:25], body[hash_at + HASH_BYTES :]),
    )


def _decode_token(token: str) -> bytes:
    """Return the bytes of a token whose layout is that of its version. Raises TokenMalformed."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    # Base64 has unused bits at the end, so several texts decode to the same bytes. Only one is a token.
    canonical = base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") == token
    if not canonical or raw[:1] not in {bytes([version]) for version in _VERSIONS}:
        raise TokenMalformed("not a letter's token")
    expected = _CLAIMS_BYTES[raw[0]] + SIGNATURE_BYTES
    if raw[0] == 2 and len(raw) >= expected:
        expected += min(raw[_LENGTH_AT], _MAX_INITIALS_BYTES)
    if len(raw) != expected:
        raise TokenMalformed("not a letter's token")
    return raw


def _encode_months(person: PersonClaims) -> bytes:
    return b"".join(
        _number_month(month).to_bytes(2, "big") for month in (person.first_month, person.last_month)
    )


def _number_month(month: str | None) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1 if month else 0


def _format_month(number: int) -> str | None:
    return f"{number // 12:04}-{number % 12 + 1:02}" if number else None


def _encode_person(person: PersonClaims) -> bytes:
    initials = person.initials.encode()
    if len(initials) > _MAX_INITIALS_BYTES:
        raise OverflowError("initials are two letters at most")
    numbers = (person.name_value, person.number_value, person.birth_year or 0)
    return b"".join(number.to_bytes(2, "big") for number in numbers) + bytes([len(initials)]) + initials


def _decode_person(months: bytes, rest: bytes) -> PersonClaims:
    return PersonClaims(
        initials=rest[7:].decode("utf-8", "replace"),
        birth_year=_read_number(rest[4:6]) or None,
        name_value=_read_number(rest[:2]),
        number_value=_read_number(rest[2:4]),
        first_month=_format_month(_read_number(months[:2])),
        last_month=_format_month(_read_number(months[2:])),
    )


def _read_number(data: bytes) -> int:
    return int.from_bytes(data, "big")


__all__ = [
    "InvalidSignature",
    "KeyUnknown",
    "LetterClaims",
    "PersonClaims",
    "TokenMalformed",
    "build_claims",
    "compute_key_id",
    "hash_statement",
    "mint_token",
    "verify_token",
]
