"""The slow hash between a secret code and its keys, with bounded concurrency. Built in `create_app`."""

import threading
from collections.abc import Callable

from argon2.low_level import Type, hash_secret_raw

from services.kit.metrics import ARGON2_WAITING
from services.kit.problems import Busy

# OWASP's password storage cheat sheet: Argon2id with 19 MiB, 2 passes, 1 lane; about 30 ms.
MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1
KEY_BYTES = 32
# A caller that finds no free slot within this time gets a `busy` reply.
WAIT_SECONDS = 2.0

Kdf = Callable[[bytes, bytes], bytes]


def hash_argon2id(secret: bytes, salt: bytes) -> bytes:
    """Return 32 bytes that cost `MEMORY_KIB` and `PASSES` to compute (RFC 9106)."""
    return hash_secret_raw(secret, salt, PASSES, MEMORY_KIB, LANES, KEY_BYTES, Type.ID)


class Stretcher:
    """Runs the slow hash, at most `concurrency` times simultaneously in this process."""

    def __init__(self, concurrency: int, kdf: Kdf = hash_argon2id, wait: float = WAIT_SECONDS) -> None:
        self._slots = threading.BoundedSemaphore(concurrency)
        self._kdf = kdf
        self._wait = wait

    def stretch(self, code: str, salt: bytes) -> bytes:
        """Return the stretched code. Raises Busy when no slot becomes free in time."""
        with ARGON2_WAITING.track_inprogress():
            if not self._slots.acquire(timeout=self._wait):
                raise Busy
        try:
            return self._kdf(code.encode("ascii"), salt)
        finally:
            self._slots.release()
