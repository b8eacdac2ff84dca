"""The organisation's public keys of credentials: a JSON Web Key Set (RFC 7517) of Ed25519 keys.

Everyone who checks a credential needs this file; `/.well-known/govah-keys.json` publishes it. Besides the
members of RFC 8037 a key has `govah_from` and, once it is retired, `govah_until`: seconds since 1970-01-01,
between which it signs. `govah_signs` lists the kinds (`typ`) that it signs: without it credentials, answers
and letters. A retired key stays in the set for what it has signed; a stolen one is taken out.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from govah_verify.json_text import JsonMalformed, parse_json

LARGEST_SET = 256 * 1024
MOST_KEYS = 100
_X_BYTES = 32
CREDENTIAL_TYPE = "dc+sd-jwt"
ANSWERS_TYPE = "govah-answers+jwt"
LETTER_TYPE = "govah-letter+jwt"
RECEIPT_TYPE = "govah-receipt+jwt"
# What a key signs that does not say it. No other kind is added here: such keys are those of credentials.
USUAL_KINDS = (CREDENTIAL_TYPE, ANSWERS_TYPE, LETTER_TYPE)
MOST_KINDS = 20


class KeySetUnusable(ValueError):
    """The text is not a set of Ed25519 public keys, or it holds a private key."""

    # The message names no personal data, so logs may quote it.
    is_loggable = True


@dataclass(frozen=True)
class CredentialKey:
    """A public key with the seconds between which it signs; `until` is None while it is in use.

    `kinds` are the `typ` that it signs; None for the usual ones.
    """

    kid: str
    x: str
    signs_from: int
    signs_until: int | None
    kinds: tuple[str, ...] | None = None

    @property
    def jwk(self) -> dict[str, Any]:
        """The key as it is published."""
        document: dict[str, Any] = {
            "kty": "OKP",
            "crv": "Ed25519",
            "use": "sig",
            "alg": "EdDSA",
            "kid": self.kid,
            "x": self.x,
            "govah_from": self.signs_from,
        }
        if self.kinds is not None:
            document["govah_signs"] = list(self.kinds)
        return document if self.signs_until is None else document | {"govah_until": self.signs_until}

    def is_signing_at(self, moment: int) -> bool:
        """Return whether the key signs at that second."""
        return self.signs_from <= moment and (self.signs_until is None or moment <= self.signs_until)

    def is_signing_kind(self, kind: str) -> bool:
        """Return whether the key signs texts of that `typ`."""
        return kind in (USUAL_KINDS if self.kinds is None else self.kinds)

    def build_key(self) -> OKPKey:
        """Return the key for joserfc."""
        return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": self.x})


def build_key(
    x: bytes, signs_from: int, signs_until: int | None = None, kinds: Sequence[str] | None = None
) -> CredentialKey:
    """Return a key by the 32 bytes of its public half; its id is the thumbprint of RFC 7638."""
    text = base64.urlsafe_b64encode(x).rstrip(b"=").decode("ascii")
    signed = None if kinds is None else tuple(kinds)
    return CredentialKey(compute_thumbprint(text), text, signs_from, signs_until, signed)


def compute_thumbprint(x: str) -> str:
    """Return the SHA-256 thumbprint (RFC 7638, RFC 8037) of the Ed25519 key with this `x`."""
    canonical = f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode("ascii")
    return base64.urlsafe_b64encode(sha256(canonical).digest()).rstrip(b"=").decode("ascii")


def dump_key_set(keys: Sequence[CredentialKey]) -> str:
    """Return the text of a set, as `parse_key_set` reads it."""
    return json.dumps({"keys": [key.jwk for key in keys]}, indent=1) + "\n"


def load_key_set(path: Path) -> Sequence[CredentialKey]:
    """Return the keys in a file. Raises KeySetUnusable."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise KeySetUnusable(
            f"فایل کلیدهای عمومی خوانده نمی‌شود / file of public keys {path.name}: {error.strerror}"
        ) from error
    return parse_key_set(data)


def parse_key_set(data: bytes) -> Sequence[CredentialKey]:
    """Return the keys of a set, at least one. Raises KeySetUnusable."""
    try:
        document = parse_json(data, LARGEST_SET)
    except JsonMalformed as error:
        raise KeySetUnusable("فایل کلیدهای عمومی JSON نیست / the file of public keys is not JSON") from error
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or not 0 < len(keys) <= MOST_KEYS:
        raise KeySetUnusable(f"«keys» یک تا {MOST_KEYS} کلید است / it must hold 1 to {MOST_KEYS} keys")
    parsed = [_parse_key(key) for key in keys]
    if len({key.kid for key in parsed}) != len(parsed):
        raise KeySetUnusable("شناسه کلیدی دو بار آمده است / two keys have the same kid")
    return parsed


def _parse_key(jwk: Any) -> CredentialKey:
    if not isinstance(jwk, Mapping) or (jwk.get("kty"), jwk.get("crv")) != ("OKP", "Ed25519"):
        raise KeySetUnusable("تنها کلید Ed25519 پذیرفته است / only Ed25519 keys are accepted")
    if "d" in jwk:
        raise KeySetUnusable("کلید خصوصی در فایل است / the file holds a private key")
    kid, x, begins, ends = jwk.get("kid"), jwk.get("x"), jwk.get("govah_from"), jwk.get("govah_until")
    if (
        not isinstance(kid, str)
        or not (isinstance(x, str) and _is_public_half(x))
        or type(begins) is not int
        or not (ends is None or type(ends) is int)
    ):
        raise KeySetUnusable("کلید ناقص یا نادرست است / a key is incomplete or malformed")
    if kid != compute_thumbprint(x):
        raise KeySetUnusable("شناسه با کلید مطابقت ندارد / a kid is not the thumbprint of its key")
    return CredentialKey(kid, x, begins, ends, _parse_kinds(jwk.get("govah_signs")))


def _parse_kinds(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if (
        not isinstance(value, list)
        or not 0 < len(value) <= MOST_KINDS
        or not all(isinstance(kind, str) for kind in value)
    ):
        raise KeySetUnusable("«govah_signs» فهرست نوع‌هاست / govah_signs must be a list of kinds")
    return tuple(value)


def _is_public_half(x: str) -> bool:
    try:
        raw = base64.b64decode(x + "=" * (-len(x) % 4), altchars=b"-_", validate=True)
        OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": x})
    except (binascii.Error, ValueError, JoseError):
        return False
    return len(raw) == _X_BYTES and base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") == x
