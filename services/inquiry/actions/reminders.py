"""Reminders of permits that are about to end: one event each. Called by the loop `reminders`."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.inquiry.actions.permits import add_permit_event
from services.inquiry.models import Permit, PermitState
from services.kit.db import Sessions, is_any, read_database_time, select_sql_now

BATCH = 100


def report_endings(sessions: Sessions) -> int:
    """Return how many reminders were due. A permit that is paused or has ended gets no event."""
    if not is_any(sessions, _is_due(), by=Permit.remind_at):
        return 0
    with sessions.begin() as session:
        now = read_database_time(session)
        due = _lock_due(session)
        for permit in due:
            permit.remind_at = None
            if permit.get_state(now) == PermitState.ACTIVE:
                add_permit_event(session, "permit.ending", permit)
    return len(due)


def _is_due() -> sa.ColumnElement[bool]:
    return Permit.remind_at <= select_sql_now()


def _lock_due(session: Session) -> Sequence[Permit]:
    query = sa.select(Permit).where(_is_due()).order_by(Permit.remind_at).limit(BATCH)
    return session.scalars(query.with_for_update(of=Permit, skip_locked=True)).all()
