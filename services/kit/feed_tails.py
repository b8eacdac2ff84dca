"""The tail of a service's own feed: who has read how far, and which events are deleted therefore.

A consumer that fetches events after a number has committed the effects of all events up to it. So the fetch
itself is the acknowledgement, and the token says whose it is. docs/decisions/0020 has the reasons.
"""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.kit.db import BigKey, Sessions, look_up, read_database_time, sql_now
from services.kit.outbox import FeedCounterMixin, OutboxMixin

# Events that one step looks at, in the order of their numbers.
BATCH = 1000
# Seconds before the same consumer's progress is stored again. An older number only keeps events longer.
READER_INTERVAL = 60
# Seconds between two marks of what every consumer has read.
MARK_INTERVAL = 24 * 3600


class FeedReaderMixin:
    """A consumer of this service's feed: it has the effects of all events up to `last`."""

    __tablename__ = "feed_readers"

    consumer: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    last: Mapped[int] = mapped_column(sa.BigInteger())
    read_at: Mapped[datetime] = mapped_column(default=sql_now())


class FeedMarkMixin:
    """A moment at which every consumer had the effects of all events up to `number`; one a day."""

    __tablename__ = "feed_marks"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    number: Mapped[int] = mapped_column(sa.BigInteger())
    marked_at: Mapped[datetime] = mapped_column(default=sql_now())


class FeedTables(NamedTuple):
    """The tables of a service's own feed."""

    outbox: type[OutboxMixin]
    counter: type[FeedCounterMixin]
    reader: type[FeedReaderMixin]
    mark: type[FeedMarkMixin]


def note_reader(sessions: Sessions, reader: type[FeedReaderMixin], consumer: str, last: int) -> None:
    """Store how far a consumer has read. A smaller number than before is stored too: it was restored."""
    query = sa.select(reader.last, reader.read_at, sql_now()).where(reader.consumer == consumer)
    rows = look_up(sessions, query)
    if rows:
        [(stored, read_at, now)] = rows
        if stored <= last and (now - read_at).total_seconds() < READER_INTERVAL:
            return
    with sessions.begin() as session:
        if not rows:
            # Two processes of the consumer may come first simultaneously.
            with suppress(IntegrityError), session.begin_nested():
                session.execute(sa.insert(reader).values(consumer=consumer, last=last))
                return
        session.execute(
            sa.update(reader)
            .where(reader.consumer == consumer)
            .values(last=last, read_at=sql_now())
            .execution_options(synchronize_session=False)
        )


def find_tail(session: Session, counter: type[FeedCounterMixin]) -> int:
    """Return the number up to which events were deleted, except permanent ones; 0 if none was."""
    return session.scalars(sa.select(counter.tail)).one_or_none() or 0


def delete_old_events(
    sessions: Sessions,
    tables: FeedTables,
    consumers: Collection[str],
    deletable: Collection[str],
    days: int,
) -> int:
    """Return how many events the next batch looked at; those of the types `deletable` are deleted now.

    Every consumer had them `days` ago. A consumer that never came keeps all of them, and so does an event of
    a type that this code does not know.
    """
    outbox, counter = tables.outbox, tables.counter
    with sessions.begin() as session:
        _mark_progress(session, tables, consumers)
        tail, last = find_tail(session, counter), find_last_deletable(session, tables, consumers, days)
        batch = session.execute(
            sa.select(outbox.position, outbox.number, outbox.name)
            .where(outbox.number > tail, outbox.number <= last)
            .order_by(outbox.number)
            .limit(BATCH)
        ).all()
        if not batch:
            return 0
        positions = [row.position for row in batch if row.name in deletable]
        if positions:
            session.execute(sa.delete(outbox).where(outbox.position.in_(positions)))
        # After the rows, so that a reader that missed one of them sees the new tail.
        session.execute(
            sa.update(counter)
            .where(sa.func.coalesce(counter.tail, 0) < batch[-1].number)
            .values(tail=batch[-1].number)
            .execution_options(synchronize_session=False)
        )
    return len(batch)


def find_last_deletable(session: Session, tables: FeedTables, consumers: Collection[str], days: int) -> int:
    """Return the number up to which every consumer had the events `days` ago and has them now, else 0."""
    mark, before = tables.mark, read_database_time(session) - timedelta(days=days)
    marked = session.scalars(
        sa.select(mark.number).where(mark.marked_at <= before).order_by(mark.position.desc()).limit(1)
    ).one_or_none()
    return min(marked or 0, _find_slowest(session, tables.reader, consumers))


def count_deletable_events(
    session: Session,
    tables: FeedTables,
    consumers: Collection[str],
    deletable: Collection[str],
    days: int,
    limit: int,
) -> int:
    """Return how many events `delete_old_events` would delete now, at most `limit`."""
    outbox, last = tables.outbox, find_last_deletable(session, tables, consumers, days)
    some = (
        sa.select(outbox.number)
        .where(outbox.number > find_tail(session, tables.counter), outbox.number <= last)
        .where(outbox.name.in_(deletable))
        .limit(limit)
    )
    return session.scalars(sa.select(sa.func.count()).select_from(some.subquery())).one()


def _find_slowest(session: Session, reader: type[FeedReaderMixin], consumers: Collection[str]) -> int:
    """Return how far the slowest consumer is, 0 if one of those that must read never came."""
    readers = dict(session.execute(sa.select(reader.consumer, reader.last)).all())
    if not consumers or not readers.keys() >= set(consumers):
        return 0
    return min(readers.values())


def _mark_progress(session: Session, tables: FeedTables, consumers: Collection[str]) -> None:
    """Store once a day how far every consumer is, and delete marks that no later step needs."""
    mark = tables.mark
    slowest = _find_slowest(session, tables.reader, consumers)
    newest = session.scalars(sa.select(sa.func.max(mark.marked_at))).one()
    now = read_database_time(session)
    if slowest and (newest is None or (now - newest).total_seconds() >= MARK_INTERVAL):
        session.execute(sa.insert(mark).values(number=slowest))
        done = sa.select(mark.position).where(mark.number <= find_tail(session, tables.counter))
        old = session.scalars(done.order_by(mark.position.desc()).offset(1).limit(BATCH)).all()
        session.execute(sa.delete(mark).where(mark.position.in_(old)))


def delete_reader(session: Session, reader: type[FeedReaderMixin], consumer: str) -> int:
    """Return how many consumers of that name were deleted: 1 or 0. It holds no events back from now on."""
    gone = session.execute(sa.delete(reader).where(reader.consumer == consumer))
    return cast("sa.CursorResult[Any]", gone).rowcount
