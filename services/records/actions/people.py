"""Finding people by what is known of them: for auth's registrations and for officers at the help desk."""

import uuid
from datetime import date

import structlog
from sqlalchemy.orm import Session

from services.records.actions.accesses import write_look
from services.records.errors import NationalCodeUnknown
from services.records.models import LookKind, OfficerRecord, Person
from services.records.store.people import find_by_national_code

log = structlog.get_logger()


def match_person(session: Session, national_code: str, birth_date: date) -> uuid.UUID | None:
    """Return the id of the person whose national code and birth date these are, or None."""
    person = find_by_national_code(session, national_code)
    return person.id if person and person.birth_date == birth_date else None


def look_up(session: Session, national_code: str, officer_id: str, reason: str) -> Person:
    """Return the person an officer looks for, and write the look down. Raises NationalCodeUnknown."""
    person = find_by_national_code(session, national_code)
    if person is None:
        log.info("person.not-found", officer=officer_id)
        raise NationalCodeUnknown
    write_look(session, officer_id, person.id, LookKind.SEARCH, reason)
    return person


def name_own_record(session: Session, officer_id: str, national_code: str) -> None:
    """Keep whose record is an officer's own. Raises NationalCodeUnknown."""
    person = find_by_national_code(session, national_code)
    if person is None:
        raise NationalCodeUnknown
    session.merge(OfficerRecord(officer_id=officer_id, person_position=person.position))
    log.info("officer.named", officer=officer_id)


def forget_own_record(session: Session, officer_id: str) -> bool:
    """Forget whose record is an officer's own; returns whether it was known."""
    named = session.get(OfficerRecord, officer_id)
    if named is not None:
        session.delete(named)
    return named is not None
