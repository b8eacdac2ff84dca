"""Finding people by national code, for auth's registrations and for officers at the help desk."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import structlog
from sqlalchemy.orm import Session

from services.kit.problems import Text, ValidationFailed
from services.kit.text import to_persian_digits
from services.records.actions.accesses import record_access
from services.records.errors import NationalCodeUnknown, PersonNotFound, PersonUnknown
from services.records.models import AccessKind, OfficerRecord, Person
from services.records.store.people import (
    KnownPerson,
    fetch_number_owners,
    find_by_national_code,
    find_person,
)
from services.records.store.person_searches import fetch_people_by_name, fetch_people_by_number

# People whom one search shows: each of them sees that an officer has looked.
MAX_CANDIDATES = 20
TOO_MANY = Text(
    f"بیش از {to_persian_digits(MAX_CANDIDATES)} نفر این مشخصات را دارند. با کد ملی جستجو کنید.",
    f"More than {MAX_CANDIDATES} people fit. Search by the national code.",
)

log = structlog.get_logger()


def get_person(session: Session, person_id: uuid.UUID) -> Person:
    """Return the person whom a citizen's token names. Raises PersonUnknown."""
    person = find_person(session, person_id)
    if person is None:
        raise PersonUnknown
    return person


def match_person(
    session: Session,
    birth_date: date,
    *,
    national_code: str | None = None,
    insurance_number: str | None = None,
    allows_no_birth_date: bool = False,
) -> uuid.UUID | None:
    """Return the id of the person whose national code, or else insurance number, and birth date these are.

    None if nobody or several people match.
    """
    candidates: Collection[Person | KnownPerson | None]
    if national_code:
        candidates = [find_by_national_code(session, national_code)]
    else:
        owners = fetch_number_owners(session, [insurance_number or ""])
        candidates = owners.get(insurance_number or "", ())
    accepted = {birth_date, None} if allows_no_birth_date else {birth_date}
    ids = {person.id for person in candidates if person and person.birth_date in accepted}
    return ids.pop() if len(ids) == 1 else None


@dataclass(frozen=True, slots=True)
class Clue:
    """What an officer knows of a person: a code, a number, the name with the birth date, or the id."""

    national_code: str | None = None
    insurance_number: str | None = None
    name: str | None = None
    birth_date: date | None = None
    person_id: uuid.UUID | None = None


def search_people(session: Session, clue: Clue, officer_id: str, reason: str) -> Sequence[Person]:
    """Return the people whom a clue fits, and record an access to each of them.

    Raises NationalCodeUnknown or PersonNotFound if nobody fits, ValidationFailed if too many do.
    """
    people = _find_people(session, clue)
    if not people:
        log.info("person.not-found", officer=officer_id)
        raise NationalCodeUnknown if clue.national_code else PersonNotFound
    if len(people) > MAX_CANDIDATES:
        raise ValidationFailed(("name", TOO_MANY))
    for person in people:
        record_access(session, officer_id, person.id, AccessKind.SEARCH, reason)
    return people


def _find_people(session: Session, clue: Clue) -> Sequence[Person]:
    if clue.national_code:
        person = find_by_national_code(session, clue.national_code)
    elif clue.person_id:
        person = find_person(session, clue.person_id)
    elif clue.insurance_number:
        return fetch_people_by_number(session, clue.insurance_number)
    else:
        assert clue.name is not None
        assert clue.birth_date is not None
        return fetch_people_by_name(session, clue.name, clue.birth_date)
    return [] if person is None else [person]


def name_own_record(session: Session, officer_id: str, national_code: str) -> None:
    """Store whose record is an officer's own. Raises NationalCodeUnknown."""
    person = find_by_national_code(session, national_code)
    if person is None:
        raise NationalCodeUnknown
    session.merge(OfficerRecord(officer_id=officer_id, person_position=person.position))
    log.info("officer.named", officer=officer_id)


def forget_own_record(session: Session, officer_id: str) -> bool:
    """Forget whose record is an officer's own. Return whether it was known."""
    own_record = session.get(OfficerRecord, officer_id)
    if own_record is not None:
        session.delete(own_record)
    return own_record is not None
