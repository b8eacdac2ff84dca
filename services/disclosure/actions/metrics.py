"""What operators watch of the queue; read from the database each time /metrics is asked for."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from services.disclosure import store
from services.disclosure.models import FailureCode
from services.kit.db import Sessions
from services.kit.metrics import gauge

HOUR = 3600


def measure_queue(sessions: Sessions) -> Iterator[Metric]:
    """How many requests wait and for how long, how many have failed, and the letters of the last hour."""
    with sessions() as session:
        queued, rendering, oldest = store.waiting(session)
        failures = store.count_failures(session)
        letters = store.count_events(session, "letter.ready", HOUR)
    states = [(("queued",), queued), (("rendering",), rendering)]
    yield gauge("govah_requests", "Requests without a letter", states, "state")
    yield gauge("govah_oldest_queued_seconds", "Age of the oldest queued request", [((), oldest)])
    codes = [((code.value,), failures.get(code, 0)) for code in FailureCode]
    yield gauge("govah_requests_failed", "Requests that have failed and were not retried", codes, "code")
    yield gauge("govah_letters_last_hour", "Letters that came in the last hour", [((), letters)])
