"""What is going on, for the web administration: letters, the queue and failures. Called by `routes`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from services.disclosure.models import FailureCode
from services.disclosure.store import queue
from services.kit.db import read_database_time
from services.kit.jalali import TEHRAN

HOUR = 3600


@dataclass(frozen=True)
class Counters:
    """Numbers of one moment; today begins at midnight in Tehran."""

    at: datetime
    letters_today: int
    letters_last_hour: int
    queued: int
    rendering: int
    oldest_queued_seconds: int
    failed: Mapping[FailureCode, int]


def read_counters(session: Session) -> Counters:
    """Return the counters by the database's clock."""
    now = read_database_time(session)
    midnight = now.astimezone(TEHRAN).replace(hour=0, minute=0, second=0, microsecond=0)
    backlog = queue.measure_backlog(session)
    return Counters(
        at=now,
        letters_today=queue.count_events(session, "letter.ready", (now - midnight).seconds),
        letters_last_hour=queue.count_events(session, "letter.ready", HOUR),
        queued=backlog.queued,
        rendering=backlog.rendering,
        oldest_queued_seconds=int(backlog.oldest_seconds),
        failed=queue.count_failures(session),
    )
