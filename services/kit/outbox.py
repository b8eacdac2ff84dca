"""The outbox: events and tasks are rows of the same commit as the change they report.

Actions call `add_event` and `add_task`; the relay numbers the events, publishes the tasks and nudges the
readers of the feed. An unavailable broker delays tasks and nudges, and loses nothing.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.kit import logging
from services.kit.db import BigKey, Sessions, is_any, look_up, read_database_time, sql_now
from services.kit.notifications import EVENTS, TASKS, notify, notify_with
from services.kit.ordered_ids import new_ordered_id

BATCH = 500
# Published tasks that are marked in one commit.
MARK_BATCH = 20
# Published tasks are retained this long, for operators.
TASK_RETENTION_SECONDS = 7 * 24 * 3600

log = structlog.get_logger()


class OutboxMixin:
    """One event or task. The relay assigns `number` to events, in the order of commits.

    `published_at` is empty while a row waits, of either kind, so that its index finds these rows only.
    """

    __tablename__ = "outbox"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=new_ordered_id, unique=True)
    kind: Mapped[str] = mapped_column(sa.String(8))
    name: Mapped[str] = mapped_column(sa.String(64))
    subject: Mapped[str | None] = mapped_column(sa.String(36))
    data: Mapped[dict[str, Any]]
    request_id: Mapped[str] = mapped_column(sa.String(64))
    occurred_at: Mapped[datetime] = mapped_column(default=sql_now())
    number: Mapped[int | None] = mapped_column(sa.BigInteger(), unique=True)
    published_at: Mapped[datetime | None] = mapped_column(index=True)


class FeedCounterMixin:
    """The last number of an event: one row, locked while numbers are assigned.

    Up to `tail`, only permanent events are left; null before the first deletion.
    """

    __tablename__ = "feed_counter"

    id: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(sa.BigInteger())
    tail: Mapped[int | None] = mapped_column(sa.BigInteger())


def add_event(
    session: Session, outbox: type[OutboxMixin], name: str, *, subject: object = None, data: Mapping[str, Any]
) -> None:
    """Add an event for other services; `data` contains opaque ids only.

    What a representative did carries the representative's id as `actor`.
    """
    _add(session, outbox, "event", name, subject, {**data, **build_actor()})


def add_events(
    session: Session, outbox: type[OutboxMixin], name: str, events: Iterable[Mapping[str, Any]]
) -> None:
    """Add an event with each of these data, as `add_event` without a subject; together in one statement."""
    actor = build_actor()
    if rows := [_describe("event", name, None, {**data, **actor}) for data in events]:
        session.connection().execute(sa.insert(outbox), rows)
        notify(session, EVENTS)


def build_actor() -> Mapping[str, str]:
    """Return the member `actor` of data about what a representative does now, nothing without one."""
    actor = logging.find_actor()
    return {"actor": actor} if actor else {}


def add_task(session: Session, outbox: type[OutboxMixin], name: str, data: Mapping[str, Any]) -> None:
    """Add a task for a worker; `data` are the task's keyword arguments: ids only."""
    _add(session, outbox, "task", name, None, data)


def _add(
    session: Session,
    outbox: type[OutboxMixin],
    kind: str,
    name: str,
    subject: object,
    data: Mapping[str, Any],
) -> None:
    # Without the ORM, which would take longer than the statement.
    insert = notify_with(session, sa.insert(outbox), TASKS if kind == "task" else EVENTS)
    session.connection().execute(insert, _describe(kind, name, subject, data))


def _describe(kind: str, name: str, subject: object, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": name,
        "subject": None if subject is None else str(subject),
        "data": dict(data),
        "request_id": logging.get_request_id(),
    }


def measure_oldest_event(session: Session, outbox: type[OutboxMixin]) -> float:
    """Return the age in seconds of the oldest event without a number, 0 if every event has one."""
    oldest = (
        sa.select(outbox.occurred_at, sql_now())
        .where(outbox.published_at.is_(None), outbox.kind == "event")
        .order_by(outbox.published_at, outbox.position)
        .limit(1)
    )
    row = session.execute(oldest).one_or_none()
    return max(0.0, (row[1] - row[0]).total_seconds()) if row else 0.0


def number_events(sessions: Sessions, outbox: type[OutboxMixin], counter: type[FeedCounterMixin]) -> int:
    """Return how many events got the next numbers.

    The counter's row is locked until the commit, so two relays never assign the same number, and a reader
    never sees a number before a smaller one.
    """
    waits = sa.and_(outbox.kind == "event", outbox.published_at.is_(None))
    # Mostly no event waits, and then no row is locked.
    if not is_any(sessions, waits, by=outbox.published_at):
        return 0
    with sessions.begin() as session:
        row = session.get(counter, 1, with_for_update=True)
        if row is None:
            # The first event ever; another relay may insert the row first.
            with suppress(IntegrityError), session.begin_nested():
                session.execute(sa.insert(counter).values(id=1, last=0))
            row = session.get_one(counter, 1, with_for_update=True)
        numbered = _assign_numbers(session, outbox, waits, row.last)
        row.last += numbered
        return numbered


def _assign_numbers(
    session: Session, outbox: type[OutboxMixin], waits: sa.ColumnElement[bool], last: int
) -> int:
    rank = sa.func.row_number().over(order_by=outbox.position)
    waiting = (
        sa.select(outbox.position, rank.label("rank"))
        .where(waits)
        .order_by(outbox.position)
        .limit(BATCH)
        .subquery()
    )
    numbered = session.execute(
        sa.update(outbox)
        .where(outbox.position == waiting.c.position)
        .values(number=last + waiting.c.rank, published_at=sql_now())
        .execution_options(synchronize_session=False)
    )
    return cast("sa.CursorResult[Any]", numbered).rowcount


def publish_tasks(
    sessions: Sessions, outbox: type[OutboxMixin], publish: Callable[[str, Mapping[str, Any], str], None]
) -> int:
    """Return how many waiting tasks were published with ``publish(name, data, request_id)``.

    Tasks are marked after they were published: a crash between the two publishes those of a batch again, so
    workers must be idempotent (a claim is fenced). Raises what `publish` raises, after a mark of the others.
    """
    waiting = look_up(sessions, _select_waiting_tasks(outbox))
    for start in range(0, len(waiting), MARK_BATCH):
        _publish_batch(sessions, outbox, publish, waiting[start : start + MARK_BATCH])
    return len(waiting)


def _select_waiting_tasks(outbox: type[OutboxMixin]) -> sa.Select[int, str, dict[str, Any], str]:
    # By the order of the index: PostgreSQL cannot tell how few rows wait, and would read the table.
    return (
        sa.select(outbox.position, outbox.name, outbox.data, outbox.request_id)
        .where(outbox.kind == "task", outbox.published_at.is_(None))
        .order_by(outbox.published_at, outbox.position)
        .limit(BATCH)
    )


def _publish_batch(
    sessions: Sessions,
    outbox: type[OutboxMixin],
    publish: Callable[[str, Mapping[str, Any], str], None],
    tasks: Sequence[sa.Row[int, str, dict[str, Any], str]],
) -> None:
    published: list[int] = []
    try:
        for task in tasks:
            publish(task.name, task.data, task.request_id)
            published.append(task.position)
            log.info("task.published", task=task.name, request_id=task.request_id)
    finally:
        if published:
            with sessions.begin() as session:
                session.execute(
                    sa.update(outbox)
                    .where(outbox.position.in_(published))
                    .values(published_at=sql_now())
                    .execution_options(synchronize_session=False)
                )


def delete_old_tasks(sessions: Sessions, outbox: type[OutboxMixin]) -> None:
    """Delete tasks that were published long ago; a job of the housekeeping.

    A service with tasks has a partial index of them: events stay, so almost all old rows are events.
    """
    with sessions.begin() as session:
        before = read_database_time(session) - timedelta(seconds=TASK_RETENTION_SECONDS)
        # A literal, as in the index: PostgreSQL does not always know the value of a parameter when it plans.
        is_task = outbox.kind == sa.literal_column("'task'")
        session.execute(sa.delete(outbox).where(is_task, outbox.published_at < before))
