"""Signed JSON (JWS, RFC 7515) of the organisation: answers, letters, receipts and credentials.

Only the compact form with EdDSA is read, with one spelling for each text, and a key opens only the kinds that
it signs.
"""

import base64
import binascii
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError, SecurityWarning

from govah_verify.json_text import JsonMalformed, parse_json
from govah_verify.key_set import CredentialKey

# Seconds by which a reader's clock may be slow.
LEEWAY = 300
_HEADER = {"alg", "typ", "kid"}
_PARTS = 3


class SignatureFault(StrEnum):
    MALFORMED = "malformed"
    OTHER_KIND = "other-kind"
    KEY_UNKNOWN = "key-unknown"
    KEY_OF_OTHERS = "key-of-others"
    SIGNATURE_WRONG = "signature-wrong"


class SignatureInvalid(ValueError):
    """The text is not signed as it should be; `fault` says why."""

    def __init__(self, fault: SignatureFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True)
class Opened:
    """The claims of a signed text, its kind (`typ`), and the key that has signed it."""

    claims: Mapping[str, Any]
    kind: str
    key: CredentialKey


def open_signed(text: str, keys: Iterable[CredentialKey], kinds: Iterable[str], largest: int) -> Opened:
    """Return what one of the keys has signed, of one of the kinds. Raises SignatureInvalid."""
    text = text.strip()
    if len(text) > largest or not text.isascii():
        raise SignatureInvalid(SignatureFault.MALFORMED)
    pieces = text.split(".")
    if len(pieces) != _PARTS:
        raise SignatureInvalid(SignatureFault.MALFORMED)
    header = _parse(decode_strictly(pieces[0]), largest)
    for piece in pieces[1:]:
        decode_strictly(piece)
    if not isinstance(header, dict) or header.keys() != _HEADER or header["alg"] != "EdDSA":
        raise SignatureInvalid(SignatureFault.MALFORMED)
    kid, kind = header["kid"], header["typ"]
    if not isinstance(kid, str) or not isinstance(kind, str):
        raise SignatureInvalid(SignatureFault.MALFORMED)
    if kind not in set(kinds):
        raise SignatureInvalid(SignatureFault.OTHER_KIND)
    key = next((one for one in keys if one.kid == kid), None)
    if key is None:
        raise SignatureInvalid(SignatureFault.KEY_UNKNOWN)
    if not key.is_signing_kind(kind):
        raise SignatureInvalid(SignatureFault.KEY_OF_OTHERS)
    claims = _parse(_verify(text, key), largest)
    if not isinstance(claims, dict):
        raise SignatureInvalid(SignatureFault.MALFORMED)
    return Opened(claims, kind, key)


def _verify(text: str, key: CredentialKey) -> bytes:
    try:
        with warnings.catch_warnings():
            # RFC 9864 has another name for this algorithm, which readers do not know yet.
            warnings.simplefilter("ignore", SecurityWarning)
            return jws.deserialize_compact(text, key.build_key(), algorithms=["EdDSA"]).payload
    except BadSignatureError as error:
        raise SignatureInvalid(SignatureFault.SIGNATURE_WRONG) from error
    except (JoseError, ValueError, TypeError) as error:
        raise SignatureInvalid(SignatureFault.MALFORMED) from error


def _parse(data: bytes, largest: int) -> Any:
    try:
        return parse_json(data, largest)
    except JsonMalformed as error:
        raise SignatureInvalid(SignatureFault.MALFORMED) from error


def decode_strictly(text: str) -> bytes:
    """Return the bytes of a base64url text; of the texts that decode to the same bytes, only one is valid.

    Raises SignatureInvalid.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignatureInvalid(SignatureFault.MALFORMED) from error
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != text:
        raise SignatureInvalid(SignatureFault.MALFORMED)
    return raw
