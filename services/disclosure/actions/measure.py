"""What operators watch of the queue; read from the database each time /metrics is asked for."""

from prometheus_client import Gauge
from sqlalchemy.orm import Session

from services.disclosure import store
from services.disclosure.models import FailureCode

_REQUESTS = Gauge("govah_requests", "Requests without a letter", ["state"], multiprocess_mode="mostrecent")
_OLDEST = Gauge(
    "govah_oldest_queued_seconds", "Age of the oldest queued request", multiprocess_mode="mostrecent"
)
_FAILED = Gauge("govah_requests_failed", "Failed requests", ["code"], multiprocess_mode="mostrecent")


def measure(session: Session) -> None:
    """Set the gauges to what the database says now."""
    queued, rendering, oldest = store.waiting(session)
    _REQUESTS.labels("queued").set(queued)
    _REQUESTS.labels("rendering").set(rendering)
    _OLDEST.set(oldest)
    failures = store.count_failures(session)
    for code in FailureCode:
        _FAILED.labels(code.value).set(failures.get(code, 0))
