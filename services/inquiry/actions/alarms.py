"""Alarms about failed inquiries, of one institution or in all. Called by `inquiries` and background.

An institution is never closed: its callers are limited one by one (`limits`), and auth notifies the
institution's contact.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.inquiry.models import FailedAttempt, InstitutionAlarm, InstitutionAttempt, Outbox
from services.kit.attempts import is_failure
from services.kit.db import Sessions, is_any, read_database_time
from services.kit.outbox import add_event

WINDOW = timedelta(hours=1)
COOLDOWN = timedelta(days=1)

log = structlog.get_logger()


@dataclass(frozen=True)
class Threshold:
    """What makes an institution's failures an alarm: at least `failures`, and more than this share of all."""

    failures: int
    share: float


@dataclass(frozen=True)
class FailingInstitution:
    """An institution past the threshold. `inquiries` counts all its inquiries within `WINDOW`."""

    institution_id: uuid.UUID
    failures: int
    inquiries: int


def record_attempt(session: Session, institution_id: uuid.UUID | None, *, has_failed: bool) -> None:
    """Count an inquiry of an institution. Without an institution nothing is counted."""
    if institution_id:
        session.add(InstitutionAttempt(institution_id=institution_id, has_failed=has_failed))


def find_failing_institutions(session: Session, threshold: Threshold) -> Sequence[FailingInstitution]:
    """Return the institutions that are past the threshold now."""
    # A value: with the clock in the condition PostgreSQL would read the whole table.
    since = read_database_time(session) - WINDOW
    failures = sa.func.sum(sa.case((InstitutionAttempt.has_failed, 1), else_=0))
    rows = session.execute(
        sa.select(InstitutionAttempt.institution_id, failures, sa.func.count())
        .where(InstitutionAttempt.at > since)
        .group_by(InstitutionAttempt.institution_id)
        .having(failures >= threshold.failures)
        .order_by(InstitutionAttempt.institution_id)
    )
    candidates = [
        FailingInstitution(institution_id, int(failed), count) for institution_id, failed, count in rows
    ]
    return [
        candidate for candidate in candidates if candidate.failures > threshold.share * candidate.inquiries
    ]


def raise_institution_alarms(session: Session, threshold: Threshold) -> Sequence[FailingInstitution]:
    """Return the institutions for which an alarm was raised, at most one a day for each."""
    failing = find_failing_institutions(session, threshold)
    return [institution for institution in failing if _raise_alarm(session, institution)]


def log_institution_alarms(raised: Iterable[FailingInstitution]) -> None:
    """Log the alarms that were raised, after their commit."""
    for institution in raised:
        log.error(
            "institution.failing",
            institution_id=str(institution.institution_id),
            failures=institution.failures,
            inquiries=institution.inquiries,
            seconds=int(WINDOW.total_seconds()),
        )


def delete_old_attempts(sessions: Sessions) -> None:
    """Delete the attempts that are older than `WINDOW`.

    Takes Sessions, because mostly no attempt is old: a look-up outside of the transaction then locks nothing.
    """
    with sessions() as session:
        old = InstitutionAttempt.at <= read_database_time(session) - WINDOW
    if is_any(sessions, old, by=InstitutionAttempt.at):
        with sessions.begin() as session:
            session.execute(sa.delete(InstitutionAttempt).where(old))


def log_failure_alarm(session: Session, limit: int) -> None:
    """Log an error if at least `limit` attempts failed within `WINDOW`, from anywhere."""
    failures = count_failures(session)
    if failures >= limit:
        log.error("inquiries.alarm", failures=failures, seconds=int(WINDOW.total_seconds()))


def count_failures(session: Session) -> int:
    """Return how many attempts failed within `WINDOW`."""
    # A value: with the clock in the condition PostgreSQL would read the whole table.
    since = read_database_time(session) - WINDOW
    recent = sa.select(sa.func.count()).where(FailedAttempt.at > since, is_failure(FailedAttempt))
    # Every attempt is counted under two keys.
    return session.scalars(recent).one() // 2


def _raise_alarm(session: Session, failing: FailingInstitution) -> bool:
    """Return whether this call has raised the alarm: False within `COOLDOWN` of the last one."""
    now = read_database_time(session)
    alarm = session.get(InstitutionAlarm, failing.institution_id, with_for_update=True)
    if alarm is None:
        try:
            with session.begin_nested():
                session.add(InstitutionAlarm(institution_id=failing.institution_id, raised_at=now))
        except IntegrityError:
            # Another process has raised it simultaneously.
            return False
    elif alarm.raised_at > now - COOLDOWN:
        return False
    else:
        alarm.raised_at = now
    data = {
        "institution_id": str(failing.institution_id),
        "failures": failing.failures,
        "inquiries": failing.inquiries,
        "since": (now - WINDOW).isoformat(),
    }
    add_event(session, Outbox, "institution.failing", data=data)
    return True
