"""How long and how much a client may take; `server` and `messages` keep to it."""

from dataclasses import dataclass

from gateway.edge.front import MOST_DROPPED
from services.kit.http.access import LARGE_BODY, MULTIPART_SLACK


@dataclass(frozen=True)
class Bounds:
    """Times in seconds, sizes in bytes.

    Past `connections` or `spooled`, the bytes of requests that are not whole yet, the client that has been
    sending for the longest is sent away. A body must come at `rate`, not counting the first `pause`.
    """

    connections: int = 512
    spooled: int = 512 * 1024**2
    # Within what gunicorn takes, which the services behind use.
    target: int = 4000
    fields: int = 80
    field: int = 8000
    head: int = 32 * 1024
    body: int = LARGE_BODY + MULTIPART_SLACK
    dropped: int = MOST_DROPPED
    # Bytes of a piece of a body on the average, past the first `pieces`: each costs time of ours.
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
