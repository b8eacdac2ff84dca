"""A bound on simultaneous uploads of strangers, and on their time. Used by the guard of `access`.

Callers past the limit get 503 before a byte of the body is read. So uploads take a fixed number of threads,
whatever is sent and however slowly, and the others answer all other requests.
"""

import threading
from collections.abc import Mapping
from contextlib import suppress
from socket import SHUT_RD
from typing import Any

from services.kit.problems import Busy

# Seconds in which the body of a request must be here. The edge sends one that it has received whole.
READ_WITHIN = 30.0


class UploadSlots:
    """A limited number of simultaneous uploads."""

    def __init__(self, at_once: int, read_within: float = READ_WITHIN) -> None:
        self._free = threading.BoundedSemaphore(at_once)
        self._read_within = read_within

    def enter(self, environ: Mapping[str, Any]) -> "Slot":
        """Return a slot for the request of a WSGI environment. Raises Busy when none is free."""
        if not self._free.acquire(blocking=False):
            raise Busy
        return Slot(self._free, environ.get("gunicorn.socket"), self._read_within)


class Slot:
    """The slot of one upload; after its time nothing more is read, so that no thread waits for the rest."""

    def __init__(self, free: threading.BoundedSemaphore, socket: Any, read_within: float) -> None:
        self._free, self._timer = free, None
        if socket is not None:
            self._timer = threading.Timer(read_within, _stop_reading, (socket,))
            self._timer.daemon = True
            self._timer.start()

    def free(self) -> None:
        """Give the slot back."""
        if self._timer is not None:
            self._timer.cancel()
        self._free.release()


def _stop_reading(socket: Any) -> None:
    # It may be closed by now.
    with suppress(OSError):
        socket.shutdown(SHUT_RD)
