"""Citizens who have used this service: one row each, which serves as their lock."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.disclosure.models import Citizen, MergedPerson
from services.kit.merged_people import find_remaining

# SQLite takes no more than this many parameters in one statement without trouble.
CHUNK = 500
_LOCK = sa.select(Citizen.person_id).where(Citizen.person_id == sa.bindparam("person_id")).with_for_update()


def lock_citizen(session: Session, person_id: uuid.UUID) -> uuid.UUID:
    """Return who the person is now, locked until the transaction ends: after a merger the one who remains.

    Counting a person's requests, and comparing letters with changes of the record, need this lock.
    """
    lock_row(session, person_id)
    remaining_id = find_remaining(session, MergedPerson, person_id)
    if remaining_id != person_id:
        lock_row(session, remaining_id)
    return remaining_id


def lock_row(session: Session, person_id: uuid.UUID) -> None:
    """Lock the row of an id, and create it if it is missing."""
    if session.connection().execute(_LOCK, {"person_id": person_id}).first() is not None:
        return
    try:
        with session.begin_nested():
            session.execute(sa.insert(Citizen).values(person_id=person_id))
    except IntegrityError:
        # Another transaction created it in the meantime.
        session.get_one(Citizen, person_id, with_for_update=True)


def lock_known_citizens(session: Session, person_ids: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Return those of the persons who have used this service, locked until the transaction ends."""
    known_ids: list[uuid.UUID] = []
    candidates = sorted(person_ids)
    for start in range(0, len(candidates), CHUNK):
        known_ids += session.scalars(
            sa.select(Citizen.person_id)
            .where(Citizen.person_id.in_(candidates[start : start + CHUNK]))
            .order_by(Citizen.person_id)
            .with_for_update()
        )
    return known_ids


def find_owner(session: Session, person_id: uuid.UUID) -> uuid.UUID:
    """Return who the person of a token is now."""
    return find_remaining(session, MergedPerson, person_id)


def lock_owner(session: Session, person_id: uuid.UUID) -> uuid.UUID:
    """Return who the subject of an event is now; no merger of the person is applied meanwhile."""
    lock_known_citizens(session, [person_id])
    return find_remaining(session, MergedPerson, person_id)
