"""The token behind the # of a letter's QR code: what a paper letter says of itself, signed with Ed25519.

Version 1 is `base64url(claims + signature)` of 37 and 64 bytes, 135 characters; behind an address such as
https://govah.example it fits a QR code of 53 modules a side (version 9, error correction M). The claims: a
byte for the version, 8 bytes that name the key, the serial number in 6, the day of issue in 3 (days from
1970-01-01, as dates are in Tehran), the total days in 3 and 16 bytes of the statement's hash. Ed25519 is
deterministic, so the same letter always bears the same token.
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

VERSION = 1
EPOCH = date(1970, 1, 1)
SIGNATURE_BYTES = 64
HASH_BYTES = 16
_CLAIMS_BYTES = 1 + 8 + 6 + 3 + 3 + HASH_BYTES
# A signature for a letter must never be one for something else.
_CONTEXT = b"govah letter token\x00"


class TokenMalformed(ValueError):
    """Text that is no letter's token, or one of a version that this program does not know."""


class KeyUnknown(ValueError):
    """The token names a key that is not among the trusted ones."""


@dataclass(frozen=True)
class LetterClaims:
    """What a token says. `statement_hash` is the beginning of `hash_of(statement)`."""

    serial: str
    issued_on: date
    total_days: int
    statement_hash: bytes


def hash_of(statement: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 of a statement: of its JSON with sorted keys, without white space, in UTF-8."""
    text = json.dumps(statement, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).digest()


def claims_of(serial: str, issued_on: date, statement: Mapping[str, Any]) -> LetterClaims:
    """Return what the token of a letter says."""
    return LetterClaims(
        serial,
        issued_on,
        statement["summary"]["total_days"],
        hash_of(statement)[:HASH_BYTES],
    )


def key_id(key: Ed25519PublicKey) -> bytes:
    """Return the eight bytes by which tokens name a key."""
    return sha256(key.public_bytes_raw()).digest()[:8]


def mint(key: Ed25519PrivateKey, claims: LetterClaims) -> str:
    """Return the token; the same for the same claims. Raises OverflowError for claims beyond its fields."""
    body = b"".join(
        (
            bytes([VERSION]),
            key_id(key.public_key()),
            int(claims.serial).to_bytes(6, "big"),
            (claims.issued_on - EPOCH).days.to_bytes(3, "big"),
            claims.total_days.to_bytes(3, "big"),
            claims.statement_hash,
        )
    )
    return base64.urlsafe_b64encode(body + key.sign(_CONTEXT + body)).rstrip(b"=").decode("ascii")


def read(token: str, keys: Iterable[Ed25519PublicKey]) -> LetterClaims:
    """Return what a token says, once it is shown to be signed by one of these keys.

    Raises TokenMalformed, KeyUnknown, and InvalidSignature.
    """
    raw = _bytes_of(token)
    body, signature = raw[:_CLAIMS_BYTES], raw[_CLAIMS_BYTES:]
    key = next((one for one in keys if key_id(one) == body[1:9]), None)
    if key is None:
        raise KeyUnknown
    key.verify(signature, _CONTEXT + body)
    return LetterClaims(
        serial=f"{int.from_bytes(body[9:15], 'big'):013}",
        issued_on=EPOCH + timedelta(days=int.from_bytes(body[15:18], "big")),
        total_days=int.from_bytes(body[18:21], "big"),
        statement_hash=body[21:],
    )


def _bytes_of(token: str) -> bytes:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    # Spare bits at the end would let two texts be the same token.
    canonical = base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") == token
    if not canonical or len(raw) != _CLAIMS_BYTES + SIGNATURE_BYTES or raw[0] != VERSION:
        raise TokenMalformed("not a letter's token")
    return raw


__all__ = [
    "InvalidSignature",
    "KeyUnknown",
    "LetterClaims",
    "TokenMalformed",
    "claims_of",
    "hash_of",
    "key_id",
    "mint",
    "read",
]
