"""Issued answers: their serials, those that are due to be computed again, and the deletion of ended ones."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.disclosure.models import DeletedLetter, DisclosureRequest, IssuedAnswer
from services.kit.answers import Question
from services.kit.db import read_database_time, select_sql_now, sql_now

# SQLite takes no more than this many parameters in one statement without trouble.
CHUNK = 500


class DueAnswer(NamedTuple):
    """Answers that are computed again: whose they are, the questions, and the keyed hash of the answers."""

    serial: str
    person_id: uuid.UUID
    questions: Sequence[Question]
    tag: str


def is_serial_taken(session: Session, serial: str) -> bool:
    """Return whether a letter, a deleted letter or answers have the serial."""
    taken = sa.union_all(
        sa.select(sa.literal(1)).where(DisclosureRequest.serial == serial),
        sa.select(sa.literal(1)).where(DeletedLetter.serial == serial),
        sa.select(sa.literal(1)).where(IssuedAnswer.serial == serial),
    )
    return session.execute(taken).first() is not None


def request_checks(session: Session, person_ids: Sequence[uuid.UUID]) -> None:
    """Let the current answers of people be computed again soon."""
    for start in range(0, len(person_ids), CHUNK):
        session.execute(
            sa.update(IssuedAnswer)
            .where(
                IssuedAnswer.person_id.in_(person_ids[start : start + CHUNK]),
                IssuedAnswer.due_at.is_not(None),
            )
            .values(due_at=sql_now())
            .execution_options(synchronize_session=False)
        )


def is_due() -> sa.ColumnElement[bool]:
    """Return the condition that answers are to be computed again now."""
    return sa.and_(IssuedAnswer.due_at.is_not(None), IssuedAnswer.due_at <= select_sql_now())


def list_due_answers(session: Session, limit: int) -> Sequence[DueAnswer]:
    """Return answers that are due, oldest first."""
    query = (
        sa.select(IssuedAnswer.serial, IssuedAnswer.person_id, IssuedAnswer.questions, IssuedAnswer.tag)
        .where(is_due())
        .order_by(IssuedAnswer.due_at)
        .limit(limit)
    )
    return [DueAnswer(*row) for row in session.execute(query)]


def lock_answer(session: Session, serial: str) -> IssuedAnswer | None:
    """Return issued answers, locked until the transaction ends."""
    return session.get(IssuedAnswer, serial, with_for_update=True)


def delete_ended_answers(session: Session, limit: int) -> int:
    """Return how many answers were deleted whose days are over, at most `limit`."""
    ended = session.scalars(
        sa.select(IssuedAnswer.serial)
        .where(IssuedAnswer.ends_at <= read_database_time(session))
        .order_by(IssuedAnswer.ends_at)
        .limit(limit)
    ).all()
    session.execute(sa.delete(IssuedAnswer).where(IssuedAnswer.serial.in_(ended)))
    return len(ended)
