"""Finding people by what is known of them: for auth's registrations and for officers at the help desk."""

import uuid
from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.kit.logging import current_request_id
from services.records.errors import NationalCodeUnknown
from services.records.models import Access, OfficerRecord, Person
from services.records.store.people import find_by_national_code

log = structlog.get_logger()


def match_person(session: Session, national_code: str, birth_date: date) -> uuid.UUID | None:
    """Return the id of the person whose national code and birth date these are, or None."""
    person = find_by_national_code(session, national_code)
    return person.id if person and person.birth_date == birth_date else None


def look_up(session: Session, national_code: str, officer_id: str) -> Person:
    """Return the person an officer looks for, the look written down. Raises NationalCodeUnknown."""
    person = find_by_national_code(session, national_code)
    if person is None:
        log.info("person.not-found", officer=officer_id)
        raise NationalCodeUnknown
    write_down(session, officer_id, [person.id])
    log.info("person.looked-up", officer=officer_id, person=str(person.id))
    return person


def write_down(session: Session, officer_id: str, person_ids: Collection[uuid.UUID]) -> None:
    """Keep that an officer has seen who these people are."""
    if person_ids:
        session.execute(
            sa.insert(Access),
            [
                {"officer_id": officer_id, "person_id": person_id, "request_id": current_request_id()}
                for person_id in person_ids
            ],
        )


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
