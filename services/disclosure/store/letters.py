"""Letters, in the inbox and in the store of objects."""

import uuid
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.disclosure.models import DisclosureRequest, Letter, LetterState, RequestState
from services.kit.db import sql_now

# SQLite takes no more than this many parameters in one statement without trouble.
CHUNK = 500


def letter_of(session: Session, disclosure_id: uuid.UUID) -> Letter | None:
    """The letter a request led to."""
    return session.scalars(sa.select(Letter).where(Letter.disclosure_id == disclosure_id)).one_or_none()


def inbox_query(person_id: uuid.UUID) -> sa.Select[Letter]:
    """One person's letters."""
    return sa.select(Letter).where(Letter.person_id == person_id)


def find_letter(session: Session, letter_id: uuid.UUID) -> Letter | None:
    return session.scalars(sa.select(Letter).where(Letter.id == letter_id)).one_or_none()


def find_letter_by_serial(session: Session, serial: str) -> Letter | None:
    """A letter, locked until the transaction ends."""
    return session.scalars(sa.select(Letter).where(Letter.serial == serial).with_for_update()).one_or_none()


def valid_letters(session: Session, person_ids: Sequence[uuid.UUID]) -> Sequence[Letter]:
    """The persons' letters that nothing has replaced, locked until the transaction ends, oldest first."""
    letters: list[Letter] = []
    for start in range(0, len(person_ids), CHUNK):
        letters += session.scalars(
            sa.select(Letter)
            .where(Letter.person_id.in_(person_ids[start : start + CHUNK]), Letter.state == LetterState.VALID)
            .order_by(Letter.position)
            .with_for_update()
        )
    return letters


def unreplaced_letters(session: Session, person_id: uuid.UUID) -> Sequence[Letter]:
    """The person's superseded letters that no newer one stands for yet, locked until the transaction ends."""
    return session.scalars(
        sa.select(Letter)
        .where(
            Letter.person_id == person_id,
            Letter.state == LetterState.SUPERSEDED,
            Letter.superseded_by.is_(None),
        )
        .with_for_update()
    ).all()


def mark_seen(session: Session, letter_id: uuid.UUID) -> bool:
    """Keep the first time the person opened the letter; tells whether this was it."""
    return (
        session.scalars(
            sa.update(Letter)
            .where(Letter.id == letter_id, Letter.seen_at.is_(None))
            .values(seen_at=sql_now())
            .returning(Letter.position)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        is not None
    )


def states_of_letters(session: Session, letter_ids: Sequence[uuid.UUID]) -> dict[str, str]:
    """What letters are worth today, by id."""
    rows = session.execute(sa.select(Letter.id, Letter.state).where(Letter.id.in_(letter_ids))).all()
    return {str(letter_id): state.value for letter_id, state in rows}


def standing_of_attempts(
    session: Session, disclosure_ids: Collection[uuid.UUID]
) -> Sequence[sa.Row[uuid.UUID, int, RequestState, str, str | None]]:
    """Return of each request its id, newest attempt, state, letter's object and sealed snapshot, or None.

    One statement: a letter that came between two would be seen by neither.
    """
    return session.execute(
        sa.select(
            DisclosureRequest.id,
            DisclosureRequest.attempt,
            DisclosureRequest.state,
            Letter.object_key,
            DisclosureRequest.statement_key,
        )
        .outerjoin(Letter, Letter.disclosure_id == DisclosureRequest.id)
        .where(DisclosureRequest.id.in_(disclosure_ids))
    ).all()


def sha256_of_object(session: Session, object_key: str) -> str | None:
    return session.scalars(sa.select(Letter.sha256).where(Letter.object_key == object_key)).one_or_none()
