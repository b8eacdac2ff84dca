"""Large lists one after another: each may take 250 MiB, and a process has not that much for each thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock

from services.kit.problems import Unavailable

# Bytes from which on a list is large; smaller ones take some ten times their size.
LARGE = 2 * 1024 * 1024
# Large lists in a process: one is read while the others wait, so that most threads are left to readers.
MOST_AT_ONCE = 2
# Seconds to wait for the one before; the front door gives up after 25.
LONGEST_WAIT = 15
RETRY_AFTER = 20

_places = BoundedSemaphore(MOST_AT_ONCE)
_turn = Lock()


@contextmanager
def take_turn(size: int | None) -> Iterator[None]:
    """Hold the turn of large lists for a body of that many bytes, unknown if None; a small one needs none.

    Raises Unavailable when too many wait, or the one before takes too long.
    """
    if size is not None and size < LARGE:
        yield
        return
    if not _places.acquire(blocking=False):
        raise Unavailable(RETRY_AFTER)
    try:
        if not _turn.acquire(timeout=LONGEST_WAIT):
            raise Unavailable(RETRY_AFTER)
        try:
            yield
        finally:
            _turn.release()
    finally:
        _places.release()
