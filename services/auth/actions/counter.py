"""The counter: an officer identifies a person by documents, another officer confirms, a code goes out.

For people without the old mobile, with a mobile of another country, or with an insurance number only. The
code creates the account, or gives the existing one another mobile and password (`counter_activations`). The
old mobile gets a message about each step, and its holder can reverse the change for a day.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions.long_codes import derive_code, hash_code
from services.auth.actions.sealed_texts import seal_text, unseal_text
from services.auth.clients import PersonIdentity, PersonMatcher
from services.auth.errors import (
    IdentificationDecided,
    IdentificationOpen,
    OwnProposal,
    PersonUnknown,
)
from services.auth.models import CounterNotice, Ending, Identification, Outbox
from services.auth.models.counter import CounterNoticeKind, DocumentKind, IdentificationStatus
from services.kit import logging
from services.kit.db import read_database_time, sql_now
from services.kit.endings import add_ending
from services.kit.outbox import add_event
from services.kit.paging import fetch_page
from services.kit.problems import NotFound

DAY = 24 * 3600
# Days until a proposal lapses, and until the code of a confirmed one does.
PROPOSAL_DAYS, CODE_DAYS = 7, 3
ACTIVATION, NOTE, REASON = "counter activation", "identification note", "identification reason"
OPEN = (IdentificationStatus.PROPOSED, IdentificationStatus.CONFIRMED)

log = structlog.get_logger()


@dataclass(frozen=True)
class Finding:
    """What an officer has read in a person's documents, and the new mobile."""

    birth_date: date
    mobile: str
    document: DocumentKind
    document_ends: str
    note: str
    national_code: str | None = None
    insurance_number: str | None = None


class Described(NamedTuple):
    """An identification as officers see it."""

    identification: Identification
    status: str
    note: str
    reason: str | None


def find_person(people: PersonMatcher, finding: Finding) -> PersonIdentity:
    """Return who the person is by records, outside of any transaction. Raises PersonUnknown, Unavailable."""
    field = "national_code" if finding.national_code else "insurance_number"
    person_id = people.match_person(
        finding.national_code,
        finding.birth_date,
        insurance_number=finding.insurance_number,
        allows_no_birth_date=True,
    )
    identity = people.identify_person(person_id) if person_id else None
    if identity is None or not (identity.national_code or identity.insurance_number):
        raise PersonUnknown(field)
    return identity


def propose_identification(
    session: Session, pepper: bytes, officer_id: uuid.UUID, person: PersonIdentity, finding: Finding
) -> Described:
    """Return a proposal, which another officer confirms. Raises IdentificationOpen."""
    account = store.lock_account(session, person.person_id)
    is_open = sa.and_(
        Identification.person_id == person.person_id,
        Identification.status.in_(OPEN),
        Identification.expires_at > sql_now(),
    )
    if session.scalars(sa.select(Identification.id).where(is_open).limit(1)).first():
        raise IdentificationOpen
    identification_id = uuid.uuid4()
    identification = Identification(
        id=identification_id,
        person_id=person.person_id,
        national_code=person.national_code,
        insurance_number=None if person.national_code else person.insurance_number,
        birth_date=finding.birth_date,
        mobile=finding.mobile,
        has_account=account is not None,
        document=finding.document,
        document_ends=finding.document_ends,
        sealed_note=seal_text(pepper, NOTE, identification_id, finding.note),
        proposed_by=officer_id,
        expires_at=sql_now(PROPOSAL_DAYS * DAY),
    )
    session.add(identification)
    session.flush()
    session.refresh(identification)
    _report_step(session, "identification.proposed", identification, officer_id)
    if account:
        _add_notice(session, CounterNoticeKind.PROPOSED, identification)
    return _describe(pepper, identification, read_database_time(session))


def confirm_identification(
    session: Session, pepper: bytes, officer_id: uuid.UUID, identification_id: uuid.UUID
) -> Described:
    """Return an identification that the second officer has confirmed; the code goes to the new mobile.

    Raises NotFound, IdentificationDecided, OwnProposal.
    """
    identification = _lock_open(session, identification_id)
    if identification.status is not IdentificationStatus.PROPOSED:
        raise IdentificationDecided
    if identification.proposed_by == officer_id:
        raise OwnProposal
    _decide(identification, IdentificationStatus.CONFIRMED, officer_id)
    code = derive_code(pepper, ACTIVATION, identification.id)
    identification.code_hash = hash_code(pepper, ACTIVATION, code)
    identification.expires_at = sql_now(CODE_DAYS * DAY)
    session.flush()
    session.refresh(identification)
    _report_step(session, "identification.confirmed", identification, officer_id)
    _add_notice(session, CounterNoticeKind.CONFIRMED, identification)
    _add_notice(session, CounterNoticeKind.ACTIVATION, identification, identification.mobile)
    return _describe(pepper, identification, read_database_time(session))


def reject_identification(
    session: Session, pepper: bytes, officer_id: uuid.UUID, identification_id: uuid.UUID, reason: str
) -> Described:
    """Return an identification that an officer has rejected, or stopped before its code was used.

    Raises NotFound, IdentificationDecided.
    """
    identification = _lock_open(session, identification_id)
    _decide(identification, IdentificationStatus.REJECTED, officer_id)
    identification.sealed_reason = seal_text(pepper, REASON, identification.id, reason)
    identification.code_hash = None
    session.flush()
    add_ending(session, Ending, "identification.rejected", identification_id=identification.id)
    session.refresh(identification)
    _report_step(session, "identification.rejected", identification, officer_id)
    return _describe(pepper, identification, read_database_time(session))


def _lock_open(session: Session, identification_id: uuid.UUID) -> Identification:
    query = sa.select(Identification).where(Identification.id == identification_id)
    identification = session.scalars(query.with_for_update()).one_or_none()
    if identification is None:
        raise NotFound
    if identification.status not in OPEN or store.has_expired(session, identification.expires_at):
        raise IdentificationDecided
    return identification


def _decide(identification: Identification, status: IdentificationStatus, officer_id: uuid.UUID) -> None:
    identification.status, identification.decided_by = status, officer_id
    identification.decided_at = sql_now()


def _report_step(session: Session, name: str, identification: Identification, officer_id: uuid.UUID) -> None:
    data = {"identification_id": str(identification.id)}
    add_event(session, Outbox, name, subject=identification.person_id, data=data)
    log.info(name, identification=str(identification.id), officer=str(officer_id))


def _add_notice(
    session: Session, kind: CounterNoticeKind, identification: Identification, mobile: str | None = None
) -> None:
    """Add a message to a mobile, or to the one on file when it is sent, if there is one."""
    session.execute(
        sa.insert(CounterNotice).values(
            kind=kind,
            person_id=identification.person_id,
            identification_id=identification.id,
            mobile=mobile,
            cause=f"{kind} {identification.id}",
            occurred_at=sql_now(),
            request_id=logging.get_request_id(),
        )
    )


def list_identifications(
    session: Session, pepper: bytes, status: str | None, *, limit: int, cursor: str | None
) -> tuple[Sequence[Described], str | None]:
    """Return one page of identifications, newest first, and the next page's cursor."""
    query = sa.select(Identification)
    if status:
        query = query.where(Identification.status == IdentificationStatus(status))
    rows, next_cursor = fetch_page(
        session, query, Identification.position, name="identifications", limit=limit, cursor=cursor
    )
    now = read_database_time(session)
    return [_describe(pepper, row, now) for row in rows], next_cursor


def get_identification(session: Session, pepper: bytes, identification_id: uuid.UUID) -> Described:
    """Return an identification. Raises NotFound."""
    query = sa.select(Identification).where(Identification.id == identification_id)
    identification = session.scalars(query).one_or_none()
    if identification is None:
        raise NotFound
    return _describe(pepper, identification, read_database_time(session))


def _describe(pepper: bytes, identification: Identification, now: datetime) -> Described:
    is_over = identification.status in OPEN and identification.expires_at <= now
    reason = identification.sealed_reason
    return Described(
        identification,
        "expired" if is_over else identification.status.value,
        unseal_text(pepper, NOTE, identification.id, identification.sealed_note),
        unseal_text(pepper, REASON, identification.id, reason) if reason else None,
    )
