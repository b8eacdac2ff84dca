"""Whom this service deals with: agreements, citizens, what happened to them."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.disclosure.models import Activity, Agreement, Citizen

# SQLite takes no more than this many parameters in one statement without trouble.
CHUNK = 500


def find_agreement(session: Session, version: int | None = None) -> Agreement | None:
    """The agreement of that version; the current one for None."""
    if version is not None:
        return session.get(Agreement, version)
    return session.scalars(sa.select(Agreement).order_by(Agreement.version.desc()).limit(1)).one_or_none()


def agreements(session: Session) -> Sequence[Agreement]:
    """All versions, oldest first."""
    return session.scalars(sa.select(Agreement).order_by(Agreement.version)).all()


def lock_citizen(session: Session, person_id: uuid.UUID) -> None:
    """Hold the person's row until the transaction ends; it is made when it is not there.

    Whoever counts a person's requests, or weighs letters against changes of the record, holds it meanwhile.
    """
    if session.get(Citizen, person_id, with_for_update=True) is not None:
        return
    try:
        with session.begin_nested():
            session.execute(sa.insert(Citizen).values(person_id=person_id))
    except IntegrityError:
        # Another transaction made it meanwhile.
        session.get_one(Citizen, person_id, with_for_update=True)


def lock_known_citizens(session: Session, person_ids: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Those of the persons who have dealt with this service, held until the transaction ends."""
    known: list[uuid.UUID] = []
    wanted = sorted(person_ids)
    for start in range(0, len(wanted), CHUNK):
        known += session.scalars(
            sa.select(Citizen.person_id)
            .where(Citizen.person_id.in_(wanted[start : start + CHUNK]))
            .order_by(Citizen.person_id)
            .with_for_update()
        )
    return known


def months_changed_since(session: Session, person_id: uuid.UUID, moment: datetime) -> Sequence[str]:
    """The months of the person's record that changed after a moment, as far as records has told."""
    references = session.scalars(
        sa.select(Activity.references).where(
            Activity.person_id == person_id, Activity.kind == "record.changed", Activity.at > moment
        )
    )
    return [month for found in references if (month := found.get("month_jalali")) is not None]


def activity_query(person_id: uuid.UUID, kinds: Iterable[str]) -> sa.Select[Activity]:
    """Return the query of what happened to one person, of some kinds."""
    return sa.select(Activity).where(Activity.person_id == person_id, Activity.kind.in_(kinds))
