"""Answers that are sealed to an institution's own key: making the key, and opening answers with it.

Needs the extra `answers` (`pip install govah-client[answers]`). What is opened is a signed text; the package
`govah-verify` checks its signature, its audience and its end.

    key = generate_key()                                  # store it; it never leaves the institution
    client.consents.set_institution_key(export_public_key(key))
    signed = open_answer(client.consents.get_answer(consent_id), [key])
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, GuestProtocol, OKPKey

ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]
# The types of what an answer's envelope holds.
ANSWERS_TYPE, LETTER_TYPE = "govah-answers+jwt", "govah-letter+jwt"
LARGEST_ANSWER = 256 * 1024
_PRIVATE = frozenset({"d"})
_NONCE_BYTES = 12


class AnswerUnreadable(ValueError):
    """The envelope is damaged, or sealed to another key."""


def generate_key(curve: Literal["P-256", "X25519"] = "P-256") -> dict[str, Any]:
    """Return a new private key as a JWK; its `kid` is the thumbprint that answers name (RFC 7638)."""
    key: ECKey | OKPKey
    key = ECKey.generate_key("P-256") if curve == "P-256" else OKPKey.generate_key("X25519")
    return {**key.as_dict(private=True), "use": "enc", "kid": key.thumbprint()}


def export_public_key(key: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public half of a key, which Govah gets."""
    return {name: value for name, value in key.items() if name not in _PRIVATE}


def open_answer(sealed: str, keys: Sequence[Mapping[str, Any]]) -> str:
    """Return the signed text (JWS) in an envelope that is sealed to one of the keys.

    Raises AnswerUnreadable, also for an envelope of another type. Former keys are needed for as long as
    answers that were sealed to them.
    """
    if len(sealed) > LARGEST_ANSWER or not sealed.isascii():
        raise AnswerUnreadable("this is not a sealed answer")
    by_thumbprint = {key.thumbprint(): key for key in map(_import_key, keys)}

    def choose_key(envelope: GuestProtocol) -> ECKey | OKPKey:
        if key := by_thumbprint.get(str(envelope.headers().get("kid"))):
            return key
        raise AnswerUnreadable("the answer is sealed to another key")

    try:
        opened = jwe.decrypt_compact(sealed.strip(), choose_key, algorithms=ALGORITHMS)
        signed = (opened.plaintext or b"").decode("ascii")
    except AnswerUnreadable:
        raise
    except (JoseError, InvalidTag, ValueError, TypeError, KeyError) as error:
        raise AnswerUnreadable("the sealed answer is damaged") from error
    if opened.headers().get("cty") not in {ANSWERS_TYPE, LETTER_TYPE}:
        raise AnswerUnreadable("this is a sealed text of another type")
    return signed


def open_document(sealed: bytes, document_key: str) -> bytes:
    """Return a letter's PDF or statement; `document_key` is the claim of the letter's signed text.

    Raises AnswerUnreadable.
    """
    try:
        key = base64.b64decode(document_key + "=" * (-len(document_key) % 4), altchars=b"-_", validate=True)
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise AnswerUnreadable("the document is damaged, or of another letter") from error


def _import_key(jwk: Mapping[str, Any]) -> ECKey | OKPKey:
    if "d" not in jwk:
        raise ValueError("a public key opens nothing; give the private one")
    key = {name: jwk[name] for name in ("kty", "crv", "x", "y", "d") if name in jwk}
    try:
        return ECKey.import_key(key) if jwk.get("kty") == "EC" else OKPKey.import_key(key)
    except (JoseError, ValueError) as error:
        raise ValueError("this is not a key of P-256 or X25519") from error
