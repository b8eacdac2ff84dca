"""What operators watch of inquiries; read from the database each time /metrics is asked for."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from services.inquiry.actions.alarms import Threshold, find_failing
from services.inquiry.actions.upkeep import count_failures
from services.kit.db import Sessions
from services.kit.metrics import gauge


def measure_failures(sessions: Sessions, alarm: int, threshold: Threshold) -> Iterator[Metric]:
    """How many inquiries failed in the last hour, and what of that is reason for alarm."""
    with sessions() as session:
        failures = count_failures(session)
        failing = find_failing(session, threshold)
    yield gauge("govah_inquiries_failed_last_hour", "Failed inquiries of the last hour", [((), failures)])
    yield gauge("govah_inquiries_failed_alarm", "Failed inquiries an hour that are an alarm", [((), alarm)])
    yield gauge(
        "govah_institutions_failing",
        "Institutions whose share of failed inquiries is an alarm",
        [((), len(failing))],
    )
