"""Metrics of the queue, read from the database at each /metrics."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from services.disclosure.models import FailureCode, WaitingCode
from services.disclosure.store import queue
from services.kit.db import Sessions
from services.kit.metrics import build_gauge

HOUR = 3600


def measure_queue(sessions: Sessions) -> Iterator[Metric]:
    """Yield the numbers of waiting and failed requests, the longest wait and the letters of the last hour."""
    with sessions() as session:
        backlog = queue.measure_backlog(session)
        failures = queue.count_failures(session)
        waiting = queue.count_waiting(session)
        letters = queue.count_events(session, "letter.ready", HOUR)
    states = [(("queued",), backlog.queued), (("rendering",), backlog.rendering)]
    yield build_gauge("govah_requests", "Requests without a letter", states, "state")
    yield build_gauge(
        "govah_oldest_queued_seconds", "Age of the oldest queued request", [((), backlog.oldest_seconds)]
    )
    outages = [((code.value,), waiting.get(code.value, 0)) for code in WaitingCode]
    yield build_gauge(
        "govah_requests_waiting", "Requests that wait for the end of an outage", outages, "code"
    )
    codes = [((code.value,), failures.get(code, 0)) for code in FailureCode]
    yield build_gauge(
        "govah_requests_failed", "Requests that have failed and were not retried", codes, "code"
    )
    yield build_gauge("govah_letters_last_hour", "Letters that came in the last hour", [((), letters)])
