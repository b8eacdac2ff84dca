"""Which institutions' inquiries fail more than they should. Called by `inquiries`, background and measures.

An institution is never closed: its callers are limited one by one (`limits`), and whoever looks after the
institution hears of it by auth.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.inquiry.models import InstitutionAlarm, InstitutionAttempt, Outbox
from services.kit.db import Sessions, database_time, is_any
from services.kit.outbox import add_event

WATCHED = timedelta(hours=1)
ONCE_IN = timedelta(days=1)

log = structlog.get_logger()


@dataclass(frozen=True)
class Threshold:
    """When an institution's failures are an alarm: so many at least, and more than this share of all."""

    failures: int
    share: float


@dataclass(frozen=True)
class Failing:
    """What an institution's callers asked within `WATCHED`; `inquiries` has the failures too."""

    institution_id: uuid.UUID
    failures: int
    inquiries: int


def note_attempt(session: Session, institution_id: uuid.UUID | None, *, has_failed: bool) -> None:
    """Count an inquiry of an institution; one without an institution is not counted."""
    if institution_id:
        session.add(InstitutionAttempt(institution_id=institution_id, has_failed=has_failed))


def find_failing(session: Session, threshold: Threshold) -> Sequence[Failing]:
    """Return the institutions that are past the threshold at this moment."""
    # A value: with the clock in the condition PostgreSQL would read the whole table.
    since = database_time(session) - WATCHED
    failures = sa.func.sum(sa.case((InstitutionAttempt.has_failed, 1), else_=0))
    rows = session.execute(
        sa.select(InstitutionAttempt.institution_id, failures, sa.func.count())
        .where(InstitutionAttempt.at > since)
        .group_by(InstitutionAttempt.institution_id)
        .having(failures >= threshold.failures)
        .order_by(InstitutionAttempt.institution_id)
    )
    found = [Failing(institution_id, int(failed), count) for institution_id, failed, count in rows]
    return [one for one in found if one.failures > threshold.share * one.inquiries]


def watch_institutions(sessions: Sessions, threshold: Threshold) -> int:
    """Tell of every institution past the threshold, once a day; returns how many were told of."""
    with sessions.begin() as session:
        raised = [one for one in find_failing(session, threshold) if _raise_alarm(session, one)]
    for one in raised:
        log.error(
            "institution.failing",
            institution_id=str(one.institution_id),
            failures=one.failures,
            inquiries=one.inquiries,
            seconds=int(WATCHED.total_seconds()),
        )
    return len(raised)


def forget_attempts(sessions: Sessions) -> None:
    """Delete what is older than is watched."""
    with sessions() as session:
        old = InstitutionAttempt.at <= database_time(session) - WATCHED
    if is_any(sessions, old, by=InstitutionAttempt.at):
        with sessions.begin() as session:
            session.execute(sa.delete(InstitutionAttempt).where(old))


def _raise_alarm(session: Session, failing: Failing) -> bool:
    now = database_time(session)
    alarm = session.get(InstitutionAlarm, failing.institution_id, with_for_update=True)
    if alarm is None:
        try:
            with session.begin_nested():
                session.add(InstitutionAlarm(institution_id=failing.institution_id, raised_at=now))
        except IntegrityError:
            # Another loop was as quick.
            return False
    elif alarm.raised_at > now - ONCE_IN:
        return False
    else:
        alarm.raised_at = now
    data = {
        "institution_id": str(failing.institution_id),
        "failures": failing.failures,
        "inquiries": failing.inquiries,
        "since": (now - WATCHED).isoformat(),
    }
    add_event(session, Outbox, "institution.failing", data=data)
    return True
