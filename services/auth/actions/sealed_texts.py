"""Short texts of people and officers, encrypted under a key of the pepper: a stolen database reveals none."""

import uuid

import structlog
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.kit import box

log = structlog.get_logger()


def seal_text(pepper: bytes, purpose: str, owner_id: uuid.UUID, text: str) -> bytes:
    """Return a text as it is stored, bound to its purpose and to the row that owns it."""
    return box.seal(_derive_key(pepper, purpose), text.encode(), owner_id.bytes)


def unseal_text(pepper: bytes, purpose: str, owner_id: uuid.UUID, sealed: bytes) -> str:
    """Return the text, "" if it was sealed under another pepper."""
    try:
        return box.unseal(_derive_key(pepper, purpose), sealed, owner_id.bytes).decode()
    except box.SealBroken:
        log.exception("sealed-text.unreadable", purpose=purpose, owner=str(owner_id))
        return ""


def _derive_key(pepper: bytes, purpose: str) -> bytes:
    info = f"auth sealed text {purpose}".encode()
    return HKDF(SHA256(), box.KEY_BYTES, salt=None, info=info).derive(pepper)
