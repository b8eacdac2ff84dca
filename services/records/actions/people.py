"""Finding people by what is known of them: for auth's registrations and for officers at the help desk."""

import uuid
from datetime import date

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.kit.logging import current_request_id
from services.records.errors import NationalCodeUnknown
from services.records.models import Access, Person
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
    session.execute(
        sa.insert(Access).values(officer_id=officer_id, person_id=person.id, request_id=current_request_id())
    )
    log.info("person.looked-up", officer=officer_id, person=str(person.id))
    return person
