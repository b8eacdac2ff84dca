"""Authenticated encryption: AES-256-GCM with a random nonce before the ciphertext.

What is encrypted is bound to associated data that is not stored with it, such as the name of its place: there
only does it decrypt.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12


class SealBroken(Exception):
    """Wrong key, changed bytes or other associated data: which of them cannot be known."""


def seal(key: bytes, plain: bytes, associated: bytes | None) -> bytes:
    """Return nonce, ciphertext and tag. One key may seal 2**32 messages (NIST SP 800-38D, 8.3)."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, associated)


def unseal(key: bytes, sealed: bytes, associated: bytes | None) -> bytes:
    """Return what was sealed. Raises SealBroken."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated)
    except (InvalidTag, ValueError) as error:
        raise SealBroken from error
