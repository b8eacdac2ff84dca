"""Finding people by national code, for auth's registrations and for officers at the help desk."""

import uuid
from datetime import date

import structlog
from sqlalchemy.orm import Session

from services.records.actions.accesses import record_access
from services.records.errors import NationalCodeUnknown, PersonUnknown
from services.records.models import AccessKind, OfficerRecord, Person
from services.records.store.people import find_by_national_code, find_person

log = structlog.get_logger()


def get_person(session: Session, person_id: uuid.UUID) -> Person:
    """Return the person whom a citizen's token names. Raises PersonUnknown."""
    person = find_person(session, person_id)
    if person is None:
        raise PersonUnknown
    return person


def match_person(session: Session, national_code: str, birth_date: date) -> uuid.UUID | None:
    """Return the id of the person whose national code and birth date these are, or None."""
    person = find_by_national_code(session, national_code)
    return person.id if person and person.birth_date == birth_date else None


def search_person(session: Session, national_code: str, officer_id: str, reason: str) -> Person:
    """Return the person that an officer searches for, and record the access. Raises NationalCodeUnknown."""
    person = find_by_national_code(session, national_code)
    if person is None:
        log.info("person.not-found", officer=officer_id)
        raise NationalCodeUnknown
    record_access(session, officer_id, person.id, AccessKind.SEARCH, reason)
    return person


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
