"""The slow hash: its parameters and its concurrency."""

import threading

import pytest

from services.inquiry.actions.stretching import Stretcher, hash_argon2id
from services.kit.problems import Unavailable


def test_parameters_have_not_changed() -> None:
    """A known answer: other memory, passes or lanes would invalidate every existing permit."""
    assert (
        hash_argon2id(b"1234567890123456", b"s" * 32).hex()
        == "4273bbe2dfd3d97237b0e65b309556781234b6918321a72f3307e69b25222691"
    )


def test_concurrency_is_limited() -> None:
    running, release = threading.Event(), threading.Event()

    def block(secret: bytes, salt: bytes) -> bytes:
        running.set()
        assert release.wait(5)
        return salt

    stretcher = Stretcher(1, kdf=block, wait=0.01)
    thread = threading.Thread(target=stretcher.stretch, args=("1", b"s"))
    thread.start()
    assert running.wait(5)
    with pytest.raises(Unavailable):
        stretcher.stretch("1", b"s")
    release.set()
    thread.join()
    assert stretcher.stretch("1", b"s") == b"s"


def test_slot_is_released_after_a_failure() -> None:
    def fail(secret: bytes, salt: bytes) -> bytes:
        raise MemoryError

    stretcher = Stretcher(1, kdf=fail, wait=0.01)
    for _ in range(2):
        with pytest.raises(MemoryError):
            stretcher.stretch("1", b"s")
