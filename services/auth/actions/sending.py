"""Many deliveries simultaneously, in threads: one slow message does not keep the others waiting."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import structlog

# Seconds that a step waits for a delivery to end before it reports a heartbeat.
STEP_SECONDS = 1.0

Delivery = Callable[[], None]

log = structlog.get_logger()


class ParallelSender:
    """Runs deliveries in threads, at most `bound` simultaneously.

    `take` returns up to a number of deliveries that are due. After failures fewer run, down to one that tells
    when an outage has ended; after successes again more.
    """

    def __init__(self, name: str, bound: int, take: Callable[[int], Sequence[Delivery]]) -> None:
        self._take, self._bound = take, bound
        self._width = bound
        self._threads = ThreadPoolExecutor(bound, thread_name_prefix=name)
        self._running: set[Future[None]] = set()

    def send_due(self) -> int:
        """Start what is due, and return how many deliveries ended or still run; a step of a loop.

        Raises what a delivery raised, if none of those that ended succeeded.
        """
        free = self._width - len(self._running)
        deliveries = self._take(free) if free > 0 else []
        self._running |= {self._threads.submit(delivery) for delivery in deliveries}
        if not self._running:
            return 0
        ended, self._running = wait(self._running, STEP_SECONDS, FIRST_COMPLETED)
        errors = [error for future in ended if (error := future.exception())]
        for error in errors:
            log.warning("delivery.failed", reason=type(error).__name__)
        if len(ended) > len(errors):
            self._width = min(self._bound, 2 * self._width)
        elif errors:
            self._width = max(1, self._width // 2)
            raise errors[0]
        return len(ended) + len(self._running)
