"""Authenticated encryption: what is sealed opens with its key and its place, and not otherwise."""

import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kit import box

KEY, PLAIN, PLACE = os.urandom(box.KEY_BYTES), b"a secret", b"its place"


@pytest.mark.parametrize("associated", [PLACE, None])
def test_sealed_bytes_unseal(associated: bytes | None) -> None:
    sealed = box.seal(KEY, PLAIN, associated)
    assert box.unseal(KEY, sealed, associated) == PLAIN
    assert box.seal(KEY, PLAIN, associated) != sealed


def test_format_is_nonce_then_ciphertext() -> None:
    nonce = os.urandom(12)
    assert box.unseal(KEY, nonce + AESGCM(KEY).encrypt(nonce, PLAIN, PLACE), PLACE) == PLAIN


@pytest.mark.parametrize("place", range(len(PLAIN) + 12 + 16))
def test_changed_byte_breaks_the_seal(place: int) -> None:
    sealed = bytearray(box.seal(KEY, PLAIN, PLACE))
    sealed[place] ^= 1
    with pytest.raises(box.SealBroken):
        box.unseal(KEY, bytes(sealed), PLACE)


def test_other_key_place_and_length_break_the_seal() -> None:
    sealed = box.seal(KEY, PLAIN, PLACE)
    for key, taken, associated in (
        (os.urandom(box.KEY_BYTES), sealed, PLACE),
        (KEY, sealed, b"elsewhere"),
        (KEY, sealed, None),
        (KEY, sealed[:11], PLACE),
        (KEY, b"", PLACE),
    ):
        with pytest.raises(box.SealBroken):
            box.unseal(key, taken, associated)
