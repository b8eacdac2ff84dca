"""How a permit's copy of a letter is sealed under a secret code, and opened with it only.

The stretched code is K = Argon2id(code, salt of the national code). A person without one has the salt of the
insurance number. With a generation's pepper K gives an index that finds the permit, and a key that unwraps
the copy's own random key. The database and the object store together hold neither. Every failure raises the
one exception `box.SealBroken`.
"""

import hashlib
import hmac
import json
import secrets
import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import structlog
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.inquiry.actions.peppers import Peppers
from services.inquiry.models import Permit
from services.kit import box
from services.kit.box import KEY_BYTES

TOKEN_BYTES = 32

log = structlog.get_logger()


@dataclass(frozen=True)
class Terms:
    """What a permit allows. It is sealed with the copy, so write access to the database cannot extend it."""

    permit_id: uuid.UUID
    expires_at: datetime
    max_views: int | None
    institution_id: uuid.UUID | None

    @classmethod
    def from_permit(cls, permit: Permit) -> Self:
        """Return the terms in the database. If they were changed, the seal does not open."""
        return cls(permit.id, permit.expires_at, permit.max_views, permit.institution_id)

    def bind(self, part: str) -> bytes:
        """Return the associated data of one part of the copy."""
        ends = self.expires_at.astimezone(UTC).isoformat(timespec="microseconds")
        institution = self.institution_id and str(self.institution_id)
        return json.dumps([part, str(self.permit_id), ends, self.max_views, institution]).encode()


@dataclass(frozen=True)
class CodeKeys:
    """The keys of a code under one generation: the permit's index, and what unwraps the copy's key."""

    index: str
    wrapping: bytes = field(repr=False)


@dataclass(frozen=True)
class Sealed:
    """A sealed copy. `record` and `wrapped_key` go to the database, `document` to the object store.

    Answers have no document.
    """

    wrapped_key: bytes
    record: bytes
    document: bytes | None


@dataclass(frozen=True)
class Ticket:
    """A short-lived right to fetch one document. `token` goes to the caller, the rest to the database."""

    token: str = field(repr=False)
    id: str
    wrapped_key: bytes


def build_identifier(national_code: str | None, insurance_number: str | None) -> str:
    """Return what salt and tag of a person are made of: the national code, or else the insurance number.

    The mark before an insurance number separates the two kinds, also where their digits are the same.
    """
    if national_code:
        return national_code
    return f"insurance {(insurance_number or '').lstrip('0')}"


def derive_salt(peppers: Peppers, identifier: str) -> bytes:
    """Return the salt of a person's codes. It binds a code to one national code or insurance number."""
    return _compute_hmac(peppers.fixed, b"salt", identifier.encode())


def derive_person_tag(peppers: Peppers, identifier: str) -> str:
    """Return the keyed hash that links a person's permits and failed attempts without naming the person."""
    return _compute_hmac(peppers.fixed, b"person", identifier.encode()).hex()


def derive_attempt_pepper(peppers: Peppers) -> bytes:
    """Return the key of the hashes that name the failure counters."""
    return _compute_hmac(peppers.fixed, b"attempts")


def derive_keys(stretched: bytes, pepper: bytes) -> CodeKeys:
    """Return the keys of a stretched code under one generation's pepper."""
    return CodeKeys(
        index=hmac.digest(pepper, _expand_key(stretched, b"idx"), "sha256").hex(),
        wrapping=hmac.digest(pepper, _expand_key(stretched, b"kek"), "sha256"),
    )


def seal(wrapping: bytes, terms: Terms, record: Mapping[str, Any], document: bytes | None) -> Sealed:
    """Return the record and the document, if any, encrypted under a new key that the code's key wraps."""
    key = secrets.token_bytes(KEY_BYTES)
    plain = zlib.compress(json.dumps(record, ensure_ascii=False).encode())
    return Sealed(
        wrapped_key=box.seal(wrapping, key, terms.bind("key")),
        record=box.seal(key, plain, terms.bind("record")),
        document=None if document is None else box.seal(key, document, terms.bind("document")),
    )


def unwrap_key(wrapping: bytes, terms: Terms, wrapped_key: bytes) -> bytes:
    """Return the copy's key. Raises SealBroken."""
    return box.unseal(wrapping, wrapped_key, terms.bind("key"))


def open_record(key: bytes, terms: Terms, record: bytes) -> dict[str, Any]:
    """Return the record that was sealed. Raises SealBroken."""
    opened: dict[str, Any] = json.loads(zlib.decompress(box.unseal(key, record, terms.bind("record"))))
    return opened


def open_document(key: bytes, terms: Terms, document: bytes) -> bytes:
    """Return the document that was sealed. Raises SealBroken."""
    return box.unseal(key, document, terms.bind("document"))


def new_ticket(key: bytes, terms: Terms) -> Ticket:
    """Return a ticket. Only its token unwraps the copy's key."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    wrapping = _expand_key(token.encode(), b"ticket kek")
    return Ticket(token, derive_ticket_id(token), box.seal(wrapping, key, terms.bind("ticket")))


def derive_ticket_id(token: str) -> str:
    """Return the id of a ticket's row."""
    return _expand_key(token.encode(), b"ticket id").hex()


def redeem_ticket(token: str, terms: Terms, wrapped_key: bytes) -> bytes:
    """Return the copy's key from a ticket. Raises SealBroken."""
    return box.unseal(_expand_key(token.encode(), b"ticket kek"), wrapped_key, terms.bind("ticket"))


def encrypt_note(peppers: Peppers, note_id: uuid.UUID, text: str) -> bytes:
    """Return an institution's free text, encrypted with pepper1 because it may name a person."""
    return box.seal(_compute_hmac(peppers.fixed, b"notes"), text.encode(), note_id.bytes)


def decrypt_note(peppers: Peppers, note_id: uuid.UUID, note: bytes) -> str:
    """Return the text of a note. Raises SealBroken."""
    return box.unseal(_compute_hmac(peppers.fixed, b"notes"), note, note_id.bytes).decode()


def read_note(peppers: Peppers, note_id: uuid.UUID, note: bytes | None) -> str:
    """Return the text of a note; "" without one, and for one that these peppers do not open."""
    if note is None:
        return ""
    try:
        return decrypt_note(peppers, note_id, note)
    except box.SealBroken:
        log.exception("note.not-opened", note=str(note_id))
        return ""


def _compute_hmac(key: bytes, purpose: bytes, message: bytes = b"") -> bytes:
    return hmac.digest(key, purpose + b"\x1f" + message, hashlib.sha256)


def _expand_key(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"govah inquiry " + purpose).derive(secret)
