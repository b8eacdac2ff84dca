"""Notifying other processes of a commit with work for their background loops, so that these poll seldom.

On PostgreSQL the transaction that adds the work notifies a channel (NOTIFY), and `listening` wakes the
channel's loops. The commit itself sends it: nothing is announced that is rolled back. On SQLite nothing is
sent; there `listening` looks whether anything was committed.

Commits that notify happen one after the other in all of a PostgreSQL server. That is enough for thousands a
second without a synchronous standby.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

EVENTS, TASKS, ENDINGS = "events", "tasks", "endings"


def notify(session: Session, channel: str) -> None:
    """Wake the loops of a channel as soon as this session's transaction has been committed."""
    if _is_postgresql(session):
        session.execute(sa.select(sa.func.pg_notify(channel, "")))


def notify_with(session: Session, insert: sa.Insert, channel: str) -> sa.Insert | ReturningInsert[Any]:
    """Return an insert that notifies a channel itself, which saves a statement."""
    return insert.returning(sa.func.pg_notify(channel, "")) if _is_postgresql(session) else insert


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
