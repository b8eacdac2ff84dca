"""Letters: in the inbox, by their serials and by their objects."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.disclosure.models import DisclosureRequest, Letter, LetterState, RequestState
from services.kit.db import sql_now

# SQLite takes no more than this many parameters in one statement without trouble.
CHUNK = 500


# Every letter needs this query, and building a statement costs about as much as executing it.
_UNREPLACED = (
    sa.select(Letter)
    .where(
        Letter.person_id == sa.bindparam("person_id"),
        Letter.state == LetterState.SUPERSEDED,
        Letter.superseded_by.is_(None),
    )
    .with_for_update()
)


def select_letters(person_id: uuid.UUID) -> sa.Select[Letter]:
    """Return the query of a person's letters."""
    return sa.select(Letter).where(Letter.person_id == person_id)


def find_letter(session: Session, letter_id: uuid.UUID) -> Letter | None:
    """Return a letter by its id."""
    return session.scalars(sa.select(Letter).where(Letter.id == letter_id)).one_or_none()


def find_letter_of_request(session: Session, disclosure_id: uuid.UUID) -> Letter | None:
    """Return the letter of a disclosure request, if it is ready."""
    return session.scalars(sa.select(Letter).where(Letter.disclosure_id == disclosure_id)).one_or_none()


def find_letter_ids(session: Session, disclosure_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Return the ids of letters by the ids of their disclosure requests."""
    query = sa.select(Letter.disclosure_id, Letter.id).where(Letter.disclosure_id.in_(disclosure_ids))
    return dict(session.execute(query).all())


def lock_letter_by_serial(session: Session, serial: str) -> Letter | None:
    """Return a letter by its serial, locked until the transaction ends."""
    return session.scalars(sa.select(Letter).where(Letter.serial == serial).with_for_update()).one_or_none()


def lock_valid_letters(session: Session, person_ids: Sequence[uuid.UUID]) -> Sequence[Letter]:
    """Return the persons' valid letters, locked until the transaction ends, oldest first."""
    letters: list[Letter] = []
    for start in range(0, len(person_ids), CHUNK):
        letters += session.scalars(
            sa.select(Letter)
            .where(Letter.person_id.in_(person_ids[start : start + CHUNK]), Letter.state == LetterState.VALID)
            .order_by(Letter.position)
            .with_for_update()
        )
    return letters


def lock_letters(session: Session, letter_ids: Sequence[uuid.UUID]) -> Sequence[Letter]:
    """Return letters by their ids, locked until the transaction ends, oldest first."""
    query = sa.select(Letter).where(Letter.id.in_(letter_ids)).order_by(Letter.position)
    return session.scalars(query.with_for_update()).all()


def lock_unreplaced_letters(session: Session, person_id: uuid.UUID) -> Sequence[Letter]:
    """Return the person's superseded letters without a successor, locked until the transaction ends."""
    return session.scalars(_UNREPLACED, {"person_id": person_id}).all()


def mark_seen(session: Session, letter_id: uuid.UUID) -> bool:
    """Store when the person first opened the letter. Return whether this was the first time."""
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


def find_letter_states(session: Session, letter_ids: Sequence[uuid.UUID]) -> dict[str, str]:
    """Return the states of letters by id."""
    rows = session.execute(sa.select(Letter.id, Letter.state).where(Letter.id.in_(letter_ids))).all()
    return {str(letter_id): state.value for letter_id, state in rows}


def find_request_ids(session: Session, letter_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Return the ids of the requests that letters came of, by the ids of the letters."""
    query = sa.select(Letter.id, Letter.disclosure_id).where(Letter.id.in_(letter_ids))
    return dict(session.execute(query).all())


def list_attempts(
    session: Session, disclosure_ids: Collection[uuid.UUID]
) -> Sequence[sa.Row[uuid.UUID, int, RequestState, str, str | None]]:
    """Return id, newest attempt, state, letter's object and sealed snapshot (or None) of disclosure requests.

    This is one statement: a letter that is added between two would be seen by neither.
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


def find_sha256(session: Session, object_key: str) -> str | None:
    """Return the hash of the letter that is stored under an object key."""
    return session.scalars(sa.select(Letter.sha256).where(Letter.object_key == object_key)).one_or_none()


def replace_successor(session: Session, letter: Letter, changed_at: datetime) -> None:
    """Replace a superseded letter as the successor of those that were found outdated after a change.

    The record was compared before the event of that change came, so this letter does not show it either. It
    has the types of the letters that it replaced, and so has its own successor.
    """
    session.execute(
        sa.update(Letter)
        .where(Letter.superseded_by == letter.id, Letter.superseded_at >= changed_at)
        .values(superseded_by=letter.superseded_by)
        .execution_options(synchronize_session=False)
    )
