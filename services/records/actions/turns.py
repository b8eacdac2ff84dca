"""The queue of large lists: each may take 250 MiB, and a process does not have that much for each thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock

from services.kit.problems import Unavailable

# A list of at least this many bytes is large; smaller ones take about ten times their size.
LARGE = 2 * 1024 * 1024
# Large lists in a process: one is imported while the others wait, so that most threads are left to readers.
MAX_CONCURRENT = 2
# Seconds to wait for the lock; the front door times out after 25.
MAX_WAIT_SECONDS = 15
RETRY_AFTER = 20

_places = BoundedSemaphore(MAX_CONCURRENT)
_turn = Lock()


@contextmanager
def take_turn(size: int | None) -> Iterator[None]:
    """Hold the lock of large lists for a body of `size` bytes, None if unknown; a small one needs no lock.

    Raises Unavailable if too many lists wait, or if the lock is not free in time.
    """
    if size is not None and size < LARGE:
        yield
        return
    if not _places.acquire(blocking=False):
        raise Unavailable(RETRY_AFTER)
    try:
        if not _turn.acquire(timeout=MAX_WAIT_SECONDS):
            raise Unavailable(RETRY_AFTER)
        try:
            yield
        finally:
            _turn.release()
    finally:
        _places.release()
