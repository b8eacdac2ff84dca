"""Counting a row that was held for a person, once two officers have decided whose it is."""

from sqlalchemy.orm import Session

from services.records.actions.identities import FIELDS, NAMES, format_value, list_differences
from services.records.actions.lists import describe_contribution
from services.records.actions.typed_names import find_name_fault
from services.records.actions.worker_rows import can_fill, describe_person
from services.records.lists import WorkerRow
from services.records.models import HeldRow, Person
from services.records.store.contributions import add_contributions
from services.records.store.identities import add_differences
from services.records.store.people import FILLABLE, fetch_number_owners, find_by_national_code


def find_code_to_give(session: Session, person: Person, row: WorkerRow) -> str | None:
    """Return the national code that a person without one gets from a row of the same person, or None."""
    code = row.national_code
    if person.national_code is not None or code is None or find_by_national_code(session, code):
        return None
    return code


def assign_row(session: Session, held_row: HeldRow, row: WorkerRow, person: Person | None) -> Person:
    """Return the person for whom a row now counts; None adds the person whom the row names.

    What is unknown of the person is filled from the row, but for a number that belongs to another person.
    """
    person = person or _add_person(session, row)
    person.national_code = person.national_code or find_code_to_give(session, person, row)
    _fill(session, person, row)
    held_row.person_position = person.position
    session.flush()
    add_contributions(
        session, held_row.list, [describe_contribution(row, person.position, held_row.list_position)]
    )
    add_differences(
        session,
        [
            {
                "person_position": person.position,
                "list_position": held_row.list_position,
                "field": FIELDS.index(name),
                "value": format_value(getattr(row, name)),
            }
            for name in list_differences(row, person)
        ],
    )
    return person


def _add_person(session: Session, row: WorkerRow) -> Person:
    values = describe_person(row)
    if row.national_code and _is_number_of_another(session, row, None):
        values["insurance_number"] = values["canonical_insurance_number"] = None
    person = Person(**values)
    session.add(person)
    session.flush()
    return person


def _fill(session: Session, person: Person, row: WorkerRow) -> None:
    if not can_fill(person, row):
        return
    values = describe_person(row)
    if not person.insurance_number and _is_number_of_another(session, row, person):
        values["insurance_number"] = None
    for name in FILLABLE:
        is_wrong = name in NAMES and values[name] and find_name_fault(values[name])
        if not getattr(person, name) and values[name] and not is_wrong:
            setattr(person, name, values[name])


def _is_number_of_another(session: Session, row: WorkerRow, person: Person | None) -> bool:
    number = row.insurance_number
    owners = fetch_number_owners(session, [number]) if number else {}
    return any(
        person is None or owner.position != person.position for same in owners.values() for owner in same
    )
