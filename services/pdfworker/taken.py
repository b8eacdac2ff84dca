"""The requests that a worker took without their message, as its processes know them together."""

import hashlib
import mmap

SIZE = 16
SLOTS = 4096


class TakenRequests:
    """Ids of requests whose message need not be processed when it comes.

    It is in memory that processes share if they are forked after it was made. An id has one place, where a
    later one overwrites it: then its message costs a call, as it would without this.
    """

    def __init__(self, slots: int = SLOTS) -> None:
        self._slots = slots
        self._memory = mmap.mmap(-1, slots * SIZE)

    def add(self, disclosure_id: str) -> None:
        """Add the id of a request that was claimed without its message."""
        start, content = self._locate(disclosure_id)
        self._memory[start : start + SIZE] = content

    def take_back(self, disclosure_id: str) -> bool:
        """Return whether the id was there; it is no longer, so that another message of it is processed."""
        start, content = self._locate(disclosure_id)
        if self._memory[start : start + SIZE] != content:
            return False
        self._memory[start : start + SIZE] = bytes(SIZE)
        return True

    def _locate(self, disclosure_id: str) -> tuple[int, bytes]:
        digest = hashlib.sha256(disclosure_id.encode()).digest()
        return int.from_bytes(digest[SIZE:]) % self._slots * SIZE, digest[:SIZE]
