"""Queries about accounts whose person was corrected or merged."""

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.auth.models import (
    Account,
    AccountNotice,
    CitizenFactor,
    ClosedAccount,
    CounterNotice,
    Identification,
    KnownDevice,
    LetterView,
    Mandate,
    MandateNotice,
    MobileReversal,
    MutedKind,
    Notice,
    Passkey,
    PersonCheck,
    PersonNotice,
    RecordNotice,
    RecoveryCode,
    SecurityNotice,
)
from services.kit import logging
from services.kit.db import select_sql_now, sql_now
from services.kit.feed import Event

# Seconds before records is asked again about a person that it does not know, doubled each time.
FIRST_WAIT = 60


class DueCheck(NamedTuple):
    """A check that is due, and the revision of its row."""

    person_id: uuid.UUID
    revision: int
    request_id: str


def request_check(session: Session, person_id: uuid.UUID, event: Event | None = None) -> None:
    """Add the check of a person, or repeat the one that waits."""
    values = {
        "tries": 0,
        "due_at": sql_now(),
        "request_id": event.request_id if event else logging.get_request_id(),
    }
    if event:
        values |= {"cause": event.id, "occurred_at": event.occurred_at}
    if _repeat_check(session, person_id, values):
        return
    try:
        with session.begin_nested():
            session.execute(sa.insert(PersonCheck).values(person_id=person_id, **values))
    except IntegrityError:
        # Another transaction added it in the meantime.
        _repeat_check(session, person_id, values)


def _repeat_check(session: Session, person_id: uuid.UUID, values: dict[str, Any]) -> uuid.UUID | None:
    """Return the person's id if a check waits, which is due now."""
    return session.scalars(
        sa.update(PersonCheck)
        .where(PersonCheck.person_id == person_id)
        .values(revision=PersonCheck.revision + 1, **values)
        .returning(PersonCheck.person_id)
        .execution_options(synchronize_session=False)
    ).one_or_none()


def is_check_due() -> sa.ColumnElement[bool]:
    """Return the condition that records may be asked about a person now."""
    return PersonCheck.due_at <= select_sql_now()


def list_due_checks(session: Session, limit: int) -> Sequence[DueCheck]:
    """Return the checks that are due, oldest first."""
    query = sa.select(PersonCheck.person_id, PersonCheck.revision, PersonCheck.request_id)
    rows = session.execute(query.where(is_check_due()).order_by(PersonCheck.due_at).limit(limit))
    return [DueCheck(*row) for row in rows]


def lock_check(session: Session, check: DueCheck) -> PersonCheck | None:
    """Return the row of a check, locked; None if it was made or repeated meanwhile."""
    waiting = session.get(PersonCheck, check.person_id, with_for_update=True)
    return waiting if waiting and waiting.revision == check.revision else None


def postpone_check(check: PersonCheck) -> None:
    """Ask records about a locked person again later."""
    check.due_at = sql_now(FIRST_WAIT * 2**check.tries)
    check.tries += 1


def move_account(session: Session, from_id: uuid.UUID, to_id: uuid.UUID) -> None:
    """Give an account and what belongs to it the id of another person."""
    _set_owner(session, Account.id, from_id, to_id)
    _set_owner(session, KnownDevice.owner_id, from_id, to_id)
    for owner in (MutedKind.person_id, CitizenFactor.owner_id, Passkey.owner_id, RecoveryCode.owner_id):
        _set_owner(session, owner, from_id, to_id)
    move_reversals(session, from_id, to_id)
    session.expire_all()


def move_reversals(session: Session, from_id: uuid.UUID, to_id: uuid.UUID) -> None:
    """Let the reversals of one account's mobile be those of another account."""
    _set_owner(session, MobileReversal.person_id, from_id, to_id)


def end_reversals(session: Session, person_id: uuid.UUID) -> None:
    """End the reversals of an account's mobile."""
    session.execute(
        sa.update(MobileReversal)
        .where(MobileReversal.person_id == person_id, MobileReversal.ended_at.is_(None))
        .values(ended_at=sql_now())
        .execution_options(synchronize_session=False)
    )


def move_belongings(session: Session, from_id: uuid.UUID, to_id: uuid.UUID) -> None:
    """Let messages that wait, mandates and closed accounts be those of another person."""
    for model in (
        Notice,
        SecurityNotice,
        RecordNotice,
        PersonNotice,
        AccountNotice,
        LetterView,
        MandateNotice,
        CounterNotice,
    ):
        _set_owner(session, model.person_id, from_id, to_id)
    for column in (Mandate.person_id, Mandate.helper_id, Identification.person_id):
        _set_owner(session, column, from_id, to_id)
    _set_owner(session, ClosedAccount.person_id, from_id, to_id)


def _set_owner(session: Session, column: Any, from_id: uuid.UUID, to_id: uuid.UUID) -> None:
    session.execute(
        sa.update(column.class_)
        .where(column == from_id)
        .values({column: to_id})
        .execution_options(synchronize_session=False)
    )
