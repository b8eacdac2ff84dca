"""Letters whose figures wait for a comparison with the record."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.disclosure.models import DisclosureRequest, FigureCheck, Letter, LetterState
from services.disclosure.store.letters import lock_letters
from services.disclosure.store.snapshots import Snapshot
from services.kit.db import read_database_time, select_sql_now, sql_now

# Seconds before a comparison is tried again that only its own letter prevents, doubled up to the longest.
FIRST_WAIT, LONGEST_WAIT = 60, 3600
# Letters of one batch of a repair after a gap of records' feed.
REPAIR_BATCH = 200


class DueCheck(NamedTuple):
    """A comparison that is due: the letter, the revision of its row, and where its statement is."""

    letter_id: uuid.UUID
    person_id: uuid.UUID
    covers_to_jalali: str
    revision: int
    tries: int
    compares_identity: bool
    snapshot: Snapshot


def request_check(
    session: Session, letter: Letter, changed_at: datetime, *, compares_identity: bool = False
) -> None:
    """Add the comparison of a locked letter, or repeat the one that waits."""
    check = session.get(FigureCheck, letter.id, with_for_update=True)
    if check is None:
        session.add(
            FigureCheck(letter_id=letter.id, changed_at=changed_at, compares_identity=compares_identity)
        )
        session.flush()
        return
    check.changed_at = max(check.changed_at, changed_at)
    check.compares_identity = check.compares_identity or compares_identity
    check.revision, check.tries, check.due_at = check.revision + 1, 0, sql_now()


def request_checks_of_all(session: Session, after: int) -> int | None:
    """Add the comparison of the valid letters after a position; return the last position, None at the end."""
    batch = session.execute(
        sa.select(Letter.id, Letter.position)
        .where(Letter.position > after)
        .order_by(Letter.position)
        .limit(REPAIR_BATCH)
    ).all()
    letters = lock_letters(session, [row.id for row in batch])
    now = read_database_time(session)
    for letter in letters:
        if letter.state is LetterState.VALID:
            request_check(session, letter, now, compares_identity=True)
    return batch[-1].position if batch else None


def is_due() -> sa.ColumnElement[bool]:
    """Return the condition that a comparison may be made now."""
    return FigureCheck.due_at <= select_sql_now()


def list_due_checks(session: Session, limit: int) -> Sequence[DueCheck]:
    """Return comparisons that are due, oldest first."""
    query = (
        sa.select(
            FigureCheck.letter_id,
            Letter.person_id,
            Letter.covers_to_jalali,
            FigureCheck.revision,
            FigureCheck.tries,
            FigureCheck.compares_identity,
            DisclosureRequest.statement_key,
            DisclosureRequest.statement,
        )
        .join(Letter, Letter.id == FigureCheck.letter_id)
        .join(DisclosureRequest, DisclosureRequest.id == Letter.disclosure_id)
        .where(is_due())
        .order_by(FigureCheck.due_at)
        .limit(limit)
    )
    return [
        DueCheck(
            row.letter_id,
            row.person_id,
            row.covers_to_jalali,
            row.revision,
            row.tries,
            bool(row.compares_identity),
            Snapshot(row.statement_key, row.statement),
        )
        for row in session.execute(query)
    ]


def lock_check(session: Session, letter_id: uuid.UUID) -> FigureCheck | None:
    """Return the waiting comparison of a letter, locked until the transaction ends."""
    return session.get(FigureCheck, letter_id, with_for_update=True)


def postpone_check(session: Session, check: DueCheck) -> None:
    """Try a comparison again later, unless it was repeated meanwhile."""
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(check.tries, 10))
    session.execute(
        sa.update(FigureCheck)
        .where(FigureCheck.letter_id == check.letter_id, FigureCheck.revision == check.revision)
        .values(tries=FigureCheck.tries + 1, due_at=sql_now(wait))
        .execution_options(synchronize_session=False)
    )


def find_successor(session: Session, letter: Letter, changed_at: datetime) -> Letter | None:
    """Return the first valid letter of the person that shows a change, and all types of this letter."""
    newer = session.scalars(
        sa.select(Letter)
        .where(
            Letter.person_id == letter.person_id,
            Letter.position > letter.position,
            Letter.as_of >= changed_at,
            Letter.state == LetterState.VALID,
        )
        .order_by(Letter.position)
    )
    return next((other for other in newer if set(letter.types) <= set(other.types)), None)
