"""The rows of endings in a service's own database, and the loop's step that writes them to the journal."""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from prometheus_client import Gauge
from prometheus_client.core import Metric
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.kit.db import BigKey, Sessions, is_any, read_database_time, sql_now
from services.kit.endings.journal import Entry, Journal
from services.kit.metrics import build_gauge
from services.kit.notifications import ENDINGS, notify_with

LAST_BACKUP = Gauge(
    "govah_backup_last_success_timestamp_seconds",
    "When the last good backup was finished",
    multiprocess_mode="mostrecent",
)
BATCH = 500
# Days that written rows stay: a replay recognises by them what a restored database has.
RETENTION_DAYS = 30
# Set in the `info` of a session that replays, so that nothing is journaled twice.
REPLAYING = "replays-endings"


class EndingMixin:
    """One ending; `written_at` is empty while it waits for the journal."""

    __tablename__ = "endings"
    __table_args__ = ({"sqlite_autoincrement": True},)

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    name: Mapped[str] = mapped_column(sa.String(64))
    data: Mapped[dict[str, Any]]
    ended_at: Mapped[datetime] = mapped_column(default=sql_now(), index=True)
    written_at: Mapped[datetime | None] = mapped_column(index=True)


def add_ending(session: Session, model: type[EndingMixin], name: str, **data: object) -> None:
    """Add an ending in the transaction of the change; `data` has ids only.

    Nothing is added while endings are replayed.
    """
    if session.info.get(REPLAYING):
        return
    members = {key: value if isinstance(value, int | list) else str(value) for key, value in data.items()}
    insert = sa.insert(model).values(name=name, data=members)
    session.execute(notify_with(session, insert, ENDINGS))


def write_endings(sessions: Sessions, model: type[EndingMixin], service: str, journal: Journal | None) -> int:
    """Return how many endings were written to the journal as one segment.

    They are marked after they were written. A crash between the two writes them again, which a replay
    recognises by their ids.
    """
    waits = model.written_at.is_(None)
    if journal is None or not is_any(sessions, waits, by=model.written_at):
        return 0
    with sessions() as session:
        rows = session.scalars(sa.select(model).where(waits).order_by(model.position).limit(BATCH)).all()
    if not rows:
        return 0
    journal.append(service, [Entry(row.id, row.name, row.ended_at, row.position, row.data) for row in rows])
    with sessions.begin() as session:
        written = model.position.in_([row.position for row in rows])
        session.execute(
            sa.update(model)
            .where(written)
            .values(written_at=sql_now())
            .execution_options(synchronize_session=False)
        )
    return len(rows)


def watch_backups(open_own_journal: Callable[[], Journal | None]) -> int:
    """Publish when the last good backup was finished, 0 for none; return 0."""
    journal = open_own_journal()
    if journal is not None:
        journal.ensure_id()
        last = journal.find_last_backup()
        LAST_BACKUP.set(last.timestamp() if last else 0)
    return 0


def delete_old_endings(sessions: Sessions, model: type[EndingMixin], *, is_journaled: bool) -> int:
    """Return how many old rows were deleted; the newest stays, and those that wait for the journal."""
    with sessions.begin() as session:
        before = read_database_time(session) - timedelta(days=RETENTION_DAYS)
        newest = sa.select(sa.func.max(model.position)).scalar_subquery()
        waits = [model.written_at.is_not(None)] if is_journaled else []
        old = (
            sa.select(model.position)
            .where(model.ended_at < before, model.position != newest, *waits)
            .order_by(model.ended_at)
            .limit(BATCH)
        )
        positions = session.scalars(old).all()
        if positions:
            session.execute(sa.delete(model).where(model.position.in_(positions)))
    return len(positions)


def measure_endings(sessions: Sessions, model: type[EndingMixin], *, is_journaled: bool) -> Iterator[Metric]:
    """Yield the age of the oldest ending that is not in the journal yet; nothing without a journal."""
    if not is_journaled:
        return
    with sessions() as session:
        oldest, now = session.execute(
            sa.select(sa.func.min(model.ended_at), sql_now()).where(model.written_at.is_(None))
        ).one()
    age = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    yield build_gauge(
        "govah_endings_oldest_seconds",
        "Age of the oldest ending that is not in the journal yet",
        [((), age)],
    )
