"""Metrics of bulk imports, read from the database at each /metrics."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from services.kit.db import Sessions
from services.kit.metrics import build_gauge
from services.records.models.imports import OPEN_STATUSES
from services.records.store.imports import measure_backlog


def measure_imports(sessions: Sessions) -> Iterator[Metric]:
    """Yield the number of imports that have not ended, and how long the oldest has waited for a worker."""
    with sessions() as session:
        backlog = measure_backlog(session)
    statuses = [((status.value,), backlog.by_status.get(status, 0)) for status in OPEN_STATUSES]
    yield build_gauge("govah_imports", "Bulk imports that have not ended", statuses, "status")
    yield build_gauge(
        "govah_oldest_import_seconds",
        "For how long the oldest import has waited for a worker",
        [((), backlog.oldest_seconds)],
    )
