"""Objections, the corrections in force, and officers' own records."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from services.kit.jalali import JalaliMonth
from services.records.models import (
    Correction,
    Objection,
    ObjectionKind,
    ObjectionStatus,
    OfficerRecord,
    Person,
)

OPEN = (ObjectionStatus.SUBMITTED, ObjectionStatus.PROPOSED)
# The code of a workshop for which the person gave no code.
UNNAMED = "-"


# Every look at a record needs these queries, and building a statement costs about as much as executing it.
_OPEN_OF_PERSON = (
    sa.select(Objection)
    .where(Objection.person_position == sa.bindparam("person_position"), Objection.status.in_(OPEN))
    .order_by(Objection.position)
)
_CORRECTIONS = (
    sa.select(
        Correction.month,
        sa.func.coalesce(Correction.assigned_workshop_code, Correction.workshop_code),
        Correction.new_days,
        Objection.workshop_name,
        Objection.id,
        Objection.tracking_number,
        Correction.assigned_workshop_code.is_not(None),
    )
    .join(Objection, Objection.position == Correction.objection_position)
    .where(Correction.person_position.in_(sa.bindparam("person_positions", expanding=True)))
    .order_by(Correction.position)
)


class StandingCorrection(NamedTuple):
    """A correction in force: the decided days of a month in a workshop, which take precedence over lists."""

    month: JalaliMonth
    workshop_code: str
    days: int
    workshop_name: str | None
    objection_id: uuid.UUID
    tracking_number: str | None
    # Officers have assigned the workshop code later; then lists of that workshop take precedence.
    is_assigned: bool = False


def find_objection(session: Session, objection_id: uuid.UUID) -> Objection | None:
    """Return the objection of that id as it is now, with its person, or None."""
    query = select_objections().where(Objection.id == objection_id)
    # A session of several transactions may have it from an earlier one.
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def find_objection_of_kind(
    session: Session, person: Person, kind: ObjectionKind, statuses: Sequence[ObjectionStatus]
) -> Objection | None:
    """Return a person's only objection of that kind in these states, or None."""
    return session.scalars(
        select_objections().where(
            Objection.person_position == person.position,
            Objection.kind == kind,
            Objection.status.in_(statuses),
        )
    ).one_or_none()


def fetch_open_objections(session: Session, person: Person) -> Sequence[Objection]:
    """Return a person's undecided objections, oldest first."""
    return session.scalars(_OPEN_OF_PERSON, {"person_position": person.position}).all()


def is_unstated() -> sa.ColumnElement[bool]:
    """Return the condition that an objection was submitted and no event has said its months."""
    return sa.and_(Objection.stated_at.is_(None), Objection.status != ObjectionStatus.DRAFT)


def list_unstated_objections(session: Session, limit: int) -> Sequence[sa.Row[uuid.UUID, int]]:
    """Return ids of objections whose months no event has said, and their persons' positions, oldest first."""
    query = sa.select(Objection.id, Objection.person_position).where(is_unstated())
    return session.execute(query.order_by(Objection.position).limit(limit)).all()


def select_objections() -> sa.Select[Objection]:
    """Return the query of all objections, each with its person."""
    return sa.select(Objection).options(joinedload(Objection.person))


def find_objector_position(session: Session, objection_id: uuid.UUID) -> int | None:
    """Return the position of the person who submitted this objection, or None."""
    return session.scalars(
        sa.select(Objection.person_position).where(
            Objection.id == objection_id, Objection.status != ObjectionStatus.DRAFT
        )
    ).one_or_none()


def is_tracking_number_taken(session: Session, tracking_number: str) -> bool:
    """Return whether an objection has that tracking number."""
    query = sa.select(Objection.id).where(Objection.tracking_number == tracking_number)
    return session.scalars(query).one_or_none() is not None


def fetch_standing_corrections(session: Session, *people: Person) -> Sequence[StandingCorrection]:
    """Return the corrections in force: for each month and workshop the last one. Several people are as one.

    Each objection without a workshop code means a workshop of its own, until officers assign the code. A
    month with an assigned code never replaces another decision about that workshop and month.
    """
    rows = session.execute(_CORRECTIONS, {"person_positions": [person.position for person in people]})
    standing: dict[object, StandingCorrection] = {}
    for row in rows:
        last = StandingCorrection(*row)
        place = last.month, last.workshop_code, last.objection_id if last.workshop_code == UNNAMED else None
        before = standing.get(place)
        if before and last.is_assigned and not before.is_assigned:
            continue
        if before and not last.workshop_name:
            last = last._replace(workshop_name=before.workshop_name)
        standing[place] = last
    return list(standing.values())


def find_own_record(session: Session, officer_id: str) -> int | None:
    """Return the position of an officer's own record, or None if it is unknown."""
    own_record = session.get(OfficerRecord, officer_id)
    return None if own_record is None else own_record.person_position
