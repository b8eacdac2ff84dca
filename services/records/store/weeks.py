"""What happened on each day of a week, counted in one statement for each column of moments."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.records.models import RefusedLists
from services.records.store.upserts import build_insert


def count_moments(
    session: Session,
    column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    midnights: Sequence[datetime],
) -> Sequence[int]:
    """Return how many moments of a column lie between each midnight and the next."""
    days = [
        sa.func.coalesce(sa.func.sum(sa.case((sa.and_(column >= start, column < end), 1), else_=0)), 0)
        for start, end in pairwise(midnights)
    ]
    row = session.execute(sa.select(*days).where(column >= midnights[0], column < midnights[-1])).one()
    return [int(count) for count in row]


def add_refused_lists(session: Session, day: date, number: int) -> None:
    """Count lists that were refused on that day."""
    insert = build_insert(session, RefusedLists).values(day=day, count=number)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[RefusedLists.day], set_={"count": RefusedLists.count + number}
        )
    )


def count_refused_lists(session: Session, days: Sequence[date]) -> Sequence[int]:
    """Return how many uploads were refused on each of these days."""
    rows = session.execute(sa.select(RefusedLists.day, RefusedLists.count).where(RefusedLists.day.in_(days)))
    counts: dict[date, int] = {row[0]: row[1] for row in rows}
    return [counts.get(day, 0) for day in days]
