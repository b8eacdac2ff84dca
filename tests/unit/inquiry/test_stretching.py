"""The slow hash: its parameters, and how many of it run at once."""

import threading

import pytest

from services.inquiry.actions.stretching import Stretcher, argon2id
from services.kit.problems import Unavailable


def test_the_parameters_stay_what_permits_were_sealed_with() -> None:
    """A known answer: whoever changes memory, passes or lanes closes every permit there is."""
    assert (
        argon2id(b"1234567890123456", b"s" * 32).hex()
        == "4273bbe2dfd3d97237b0e65b309556781234b6918321a72f3307e69b25222691"
    )


def test_no_more_run_at_once_than_allowed() -> None:
    running, release = threading.Event(), threading.Event()

    def hold(secret: bytes, salt: bytes) -> bytes:
        running.set()
        assert release.wait(5)
        return salt

    stretcher = Stretcher(1, kdf=hold, wait=0.01)
    thread = threading.Thread(target=stretcher.stretch, args=("1", b"s"))
    thread.start()
    assert running.wait(5)
    with pytest.raises(Unavailable):
        stretcher.stretch("1", b"s")
    release.set()
    thread.join()
    assert stretcher.stretch("1", b"s") == b"s"


def test_a_place_is_free_again_after_a_failure() -> None:
    def fail(secret: bytes, salt: bytes) -> bytes:
        raise MemoryError

    stretcher = Stretcher(1, kdf=fail, wait=0.01)
    for _ in range(2):
        with pytest.raises(MemoryError):
            stretcher.stretch("1", b"s")
