"""Metrics of failed inquiries, read from the database at each scrape of /metrics."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from services.inquiry.actions.alarms import Threshold, count_failures, find_failing_institutions
from services.kit.db import Sessions
from services.kit.metrics import build_gauge


def measure_failures(sessions: Sessions, limit: int, threshold: Threshold) -> Iterator[Metric]:
    """Return the failed inquiries of the last hour, their limit, and how many institutions are failing.

    Takes Sessions, because it runs outside of any request.
    """
    with sessions() as session:
        failures = count_failures(session)
        failing = find_failing_institutions(session, threshold)
    yield build_gauge(
        "govah_inquiries_failed_last_hour", "Failed inquiries of the last hour", [((), failures)]
    )
    yield build_gauge(
        "govah_inquiries_failed_alarm", "Failed inquiries an hour that are an alarm", [((), limit)]
    )
    yield build_gauge(
        "govah_institutions_failing",
        "Institutions whose share of failed inquiries is an alarm",
        [((), len(failing))],
    )
