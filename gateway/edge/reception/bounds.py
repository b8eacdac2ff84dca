"""Limits of time and size for clients; `server` and `messages` enforce them."""

from dataclasses import dataclass

from gateway.edge.front import MOST_DROPPED
from services.kit.http.access import LARGE_BODY, MULTIPART_SLACK


@dataclass(frozen=True)
class Bounds:
    """Times in seconds, sizes in bytes.

    Above `connections`, or above `spooled` bytes of incomplete requests, the client that has been sending for
    the longest is disconnected. A body must arrive at `rate`, after the first `pause`.
    """

    connections: int = 512
    spooled: int = 512 * 1024**2
    # Below the limits of gunicorn, which the services use.
    target: int = 4000
    fields: int = 80
    field: int = 8000
    head: int = 32 * 1024
    body: int = LARGE_BODY + MULTIPART_SLACK
    dropped: int = MOST_DROPPED
    # The mean size of the pieces of a body, after the first `pieces`: each costs time.
    piece: int = 64
    pieces: int = 1000
    idle: float = 10
    head_within: float = 10
    pause: float = 15
    rate: float = 4 * 1024
    answer_pause: float = 30
    linger: float = 2
    stop_within: float = 10
    threads: int = 32
