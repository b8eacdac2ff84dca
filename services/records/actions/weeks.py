"""The last seven days at the officers' desk: lists and objections, counted by day in Tehran."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from services.kit.db import read_database_time
from services.kit.jalali import TEHRAN, format_jalali_date, to_tehran_date
from services.records.models import ImportedList, ListVersion, Objection
from services.records.store.weeks import add_refused_lists, count_moments, count_refused_lists

DAYS = 7


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on a day. A list that replaced another counts as one that was accepted."""

    date: date
    lists_accepted: int
    lists_refused: int
    objections_submitted: int
    objections_decided: int

    @property
    def date_jalali(self) -> str:
        return format_jalali_date(self.date)


def count_week(session: Session) -> Sequence[Day]:
    """Return the last seven days, today included, oldest first."""
    today = to_tehran_date(read_database_time(session))
    days = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
    midnights = [datetime.combine(day, time.min, TEHRAN) for day in [*days, today + timedelta(days=1)]]
    current = count_moments(session, ImportedList.imported_at, midnights)
    former = count_moments(session, ListVersion.imported_at, midnights)
    counts = zip(
        days,
        map(sum, zip(current, former, strict=True)),
        count_refused_lists(session, days),
        count_moments(session, Objection.submitted_at, midnights),
        count_moments(session, Objection.decided_at, midnights),
        strict=True,
    )
    return [Day(*one) for one in counts]


def record_refused_lists(session: Session, number: int = 1) -> None:
    """Count lists that were refused today."""
    add_refused_lists(session, to_tehran_date(read_database_time(session)), number)
