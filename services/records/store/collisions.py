"""Stored rows without a canonical number: those of older code, and those whose number an older row has."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.records.lists.canonical import (
    canonicalise_insurance_number,
    canonicalise_list_number,
    canonicalise_workshop_code,
    list_insurance_number_spellings,
)
from services.records.models import ImportedList, Person, Workshop
from services.records.store.lists import list_by_number

_HAS_NUMBER = sa.func.ltrim(Person.insurance_number, "0") != ""


def fill_canonical_numbers(session: Session) -> None:
    """Fill canonical numbers of rows that older code has added, unless an older row has the number."""
    for workshop in session.scalars(
        sa.select(Workshop).where(Workshop.canonical_code.is_(None)).order_by(Workshop.position)
    ):
        code = canonicalise_workshop_code(workshop.code)
        if not session.scalars(sa.select(Workshop.position).where(Workshop.canonical_code == code)).all():
            workshop.canonical_code = code
            session.flush()
    for imported in session.scalars(_select_unnumbered_lists()).all():
        number = canonicalise_list_number(imported.list_number)
        same = list_by_number(session, imported.workshop.code, imported.month, number)
        if same[0].position == imported.position:
            imported.canonical_number = number
            session.flush()
    # Of people with a code several may have one number, so nothing is compared. A correction changes it.
    canonical = sa.func.ltrim(Person.insurance_number, "0")
    session.execute(
        sa.update(Person)
        .where(
            Person.national_code.is_not(None),
            _HAS_NUMBER,
            Person.canonical_insurance_number.is_distinct_from(canonical),
        )
        .values(canonical_insurance_number=canonical)
        .execution_options(synchronize_session=False)
    )
    for person in session.scalars(_select_unnumbered_people()).all():
        number = canonicalise_insurance_number(str(person.insurance_number))
        if _list_by_insurance_number(session, number)[:1] == [person]:
            person.canonical_insurance_number = number
            session.flush()


def find_later_lists(session: Session) -> Sequence[uuid.UUID]:
    """Return the ids of lists in force with the number of an older list in force, in another spelling."""
    later = []
    for imported in session.scalars(_select_unnumbered_lists().where(ImportedList.withdrawn_at.is_(None))):
        same = list_by_number(session, imported.workshop.code, imported.month, imported.list_number)
        in_force = [one for one in same if one.withdrawn_at is None]
        if in_force[0].position != imported.position:
            later.append(imported.id)
    return later


def find_later_people(session: Session) -> Sequence[tuple[uuid.UUID, uuid.UUID]]:
    """Return the ids of people without a code who have the number of an older one, and that one's id."""
    later = []
    unmerged = _select_unnumbered_people().where(Person.merged_into_position.is_(None))
    for person in session.scalars(unmerged):
        same = _list_by_insurance_number(session, str(person.insurance_number))
        if same[0] != person:
            later.append((person.id, same[0].id))
    return later


def _list_by_insurance_number(session: Session, number: str) -> Sequence[Person]:
    """Return the people without a code who have that number in any spelling, the oldest first."""
    return session.scalars(
        sa.select(Person)
        .where(
            Person.national_code.is_(None),
            Person.merged_into_position.is_(None),
            Person.insurance_number.in_(list_insurance_number_spellings(number)),
        )
        .order_by(Person.position)
    ).all()


def _select_unnumbered_lists() -> sa.Select[ImportedList]:
    query = sa.select(ImportedList).where(ImportedList.canonical_number.is_(None))
    return query.order_by(ImportedList.position)


def _select_unnumbered_people() -> sa.Select[Person]:
    return (
        sa.select(Person)
        .where(Person.canonical_insurance_number.is_(None), Person.national_code.is_(None), _HAS_NUMBER)
        .order_by(Person.position)
    )
