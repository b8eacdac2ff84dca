"""What time does: permits and tickets end, documents go, people are told. Called by background."""

from datetime import timedelta
from itertools import chain

import sqlalchemy as sa
import structlog
from obstore.store import ObjectStore
from sqlalchemy.orm import Session

from services.inquiry import store
from services.inquiry.actions import documents
from services.inquiry.actions.inquiries import tell_refusal
from services.inquiry.models import FailedAttempt, Inquiry
from services.kit import storage
from services.kit.attempts import is_failure
from services.kit.db import Sessions, database_time, is_any
from services.kit.sqlite import empty_log

BATCH = 200
ALARM_SECONDS = 3600
LEFTOVERS_AFTER = timedelta(hours=24)

log = structlog.get_logger()


def close_expired(sessions: Sessions) -> int:
    """Delete what expired permits' codes open, and old tickets; returns how many there were."""
    with sessions.begin() as session:
        return store.delete_expired_copies(session) + store.delete_expired_tickets(session)


def empty_write_ahead_log(sessions: Sessions) -> int:
    """Empty SQLite's log of what was deleted, where a reader was in the way before; returns 0.

    Whatever deletes keys does so itself. Nothing here on PostgreSQL (docs/retention.md).
    """
    empty_log(sessions.kw["bind"])
    return 0


def remove_documents(sessions: Sessions, objects: ObjectStore) -> int:
    """Remove documents that nothing opens any more; returns how many there were."""
    with sessions.begin() as session:
        useless = store.useless_documents(session, BATCH)
    for permit_id in useless:
        documents.remove(objects, permit_id)
        with sessions.begin() as session:
            store.forget_document(session, permit_id)
    return len(useless)


def remove_leftovers(objects: ObjectStore) -> int:
    """Remove what was half-written when a process died; returns 0, since one look finds all.

    Whole documents need no search: each was written down before it came.
    """
    for path in chain.from_iterable(storage.leftovers(objects)):
        storage.remove_leftover(path, LEFTOVERS_AFTER)
    return 0


def tell_refusals(sessions: Sessions) -> int:
    """Tell people of failed attempts on their permits; returns how many attempts were looked at.

    An attempt on somebody without permits leaves no trace but in the failure counters.
    """
    if not is_any(sessions, ~Inquiry.told, by=Inquiry.position):
        return 0
    with sessions.begin() as session:
        attempts = store.untold_attempts(session, BATCH)
        persons = store.persons_by_tag(session, {attempt.person_tag for attempt in attempts})
        for attempt in attempts:
            person_id = persons.get(attempt.person_tag)
            if person_id is None:
                session.delete(attempt)
            else:
                tell_refusal(session, person_id, attempt)
                attempt.told = True
        return len(attempts)


def watch_failures(sessions: Sessions, alarm: int) -> int:
    """Raise the alarm in the log when the last hour had that many failed attempts in all; returns 0."""
    with sessions() as session:
        failures = count_failures(session)
    if failures >= alarm:
        log.error("inquiries.alarm", failures=failures, seconds=ALARM_SECONDS)
    return 0


def count_failures(session: Session) -> int:
    """How many attempts have failed in the last `ALARM_SECONDS`."""
    # A value: with the clock in the condition PostgreSQL would read the whole table.
    since = database_time(session) - timedelta(seconds=ALARM_SECONDS)
    recent = sa.select(sa.func.count()).where(FailedAttempt.at > since, is_failure(FailedAttempt))
    # Every attempt is counted under two keys.
    return session.scalars(recent).one() // 2
