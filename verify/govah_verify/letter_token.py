"""The token after the # of a letter's QR code: the claims of a paper letter, signed with Ed25519.

Version 1 is `base64url(claims + signature)` of 37 and 64 bytes, 135 characters. After an address such as
https://govah.example it fits a QR code of 53 modules a side (version 9, error correction M). The claims are:
the version in 1 byte, the key id in 8, the serial number in 6, the day of issue in 3 (days since 1970-01-01,
by the date in Tehran), the total days in 3, and the first 16 bytes of the statement's hash. Ed25519 is
deterministic, so the same letter always has the same token.
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
# Domain separation: a signature of a token must not be valid for anything else.
_CONTEXT = b"govah letter token\x00"


class TokenMalformed(ValueError):
    """The text is not a letter's token, or its version is unknown."""


class KeyUnknown(ValueError):
    """The token names a key that is not trusted."""


@dataclass(frozen=True)
class LetterClaims:
    """The claims of a token. `statement_hash` is the beginning of `hash_statement(statement)`."""

    serial: str
    issued_on: date
    total_days: int
    statement_hash: bytes


def hash_statement(statement: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 of a statement's JSON with sorted keys, without white space, in UTF-8."""
    text = json.dumps(statement, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).digest()


def build_claims(serial: str, issued_on: date, statement: Mapping[str, Any]) -> LetterClaims:
    """Return the claims of a letter's token."""
    return LetterClaims(
        serial,
        issued_on,
        statement["summary"]["total_days"],
        hash_statement(statement)[:HASH_BYTES],
    )


def compute_key_id(key: Ed25519PublicKey) -> bytes:
    """Return the eight bytes that identify a key in tokens."""
    return sha256(key.public_bytes_raw()).digest()[:8]


def mint_token(key: Ed25519PrivateKey, claims: LetterClaims) -> str:
    """Return the token of claims; it is deterministic. Raises OverflowError for claims that are too large."""
    body = b"".join(
        (
            bytes([VERSION]),
            compute_key_id(key.public_key()),
            int(claims.serial).to_bytes(6, "big"),
            (claims.issued_on - EPOCH).days.to_bytes(3, "big"),
            claims.total_days.to_bytes(3, "big"),
            claims.statement_hash,
        )
    )
    return base64.urlsafe_b64encode(body + key.sign(_CONTEXT + body)).rstrip(b"=").decode("ascii")


def verify_token(token: str, keys: Iterable[Ed25519PublicKey]) -> LetterClaims:
    """Return the claims of a token that one of these keys has signed.

    Raises TokenMalformed, KeyUnknown and InvalidSignature.
    """
    raw = _decode_token(token)
    body, signature = raw[:_CLAIMS_BYTES], raw[_CLAIMS_BYTES:]
    key = next((key for key in keys if compute_key_id(key) == body[1:9]), None)
    if key is None:
        raise KeyUnknown
    key.verify(signature, _CONTEXT + body)
    return LetterClaims(
        serial=f"{int.from_bytes(body[9:15], 'big'):013}",
        issued_on=EPOCH + timedelta(days=int.from_bytes(body[15:18], "big")),
        total_days=int.from_bytes(body[18:21], "big"),
        statement_hash=body[21:],
    )


def _decode_token(token: str) -> bytes:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    # Base64 has unused bits at the end, so several texts decode to the same bytes. Only one is a token.
    canonical = base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") == token
    if not canonical or len(raw) != _CLAIMS_BYTES + SIGNATURE_BYTES or raw[0] != VERSION:
        raise TokenMalformed("not a letter's token")
    return raw


__all__ = [
    "InvalidSignature",
    "KeyUnknown",
    "LetterClaims",
    "TokenMalformed",
    "build_claims",
    "compute_key_id",
    "hash_statement",
    "mint_token",
    "verify_token",
]
