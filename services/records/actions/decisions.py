"""Officers' decisions about objections: one proposes, another confirms, and acceptance corrects the record.

Each step locks the row of the person concerned, so simultaneous steps of two officers are serialised. Each
step shows the officer the person, so each is recorded as an access.
"""

import uuid
from collections.abc import Iterator

import structlog
from sqlalchemy.orm import Session

from services.kit.db import read_database_time
from services.kit.endings import add_ending
from services.kit.jalali import JalaliMonth
from services.kit.outbox import add_event
from services.records.actions import decision_proposals
from services.records.actions.accesses import record_access
from services.records.actions.corrections import read_months, spread_days, sum_recorded_days
from services.records.actions.identity_decisions import check_claimed_identity, correct_identity
from services.records.actions.objections import add_objection_event
from services.records.errors import ObjectionStatusDiffers, ObjectionUnknown, OwnDecision
from services.records.models import (
    AccessKind,
    Correction,
    Ending,
    Objection,
    ObjectionKind,
    ObjectionStatus,
    Outbox,
)
from services.records.store.number_locks import lock_numbers
from services.records.store.objections import UNNAMED, find_objection, find_objector_position, find_own_record
from services.records.store.people import lock_person

log = structlog.get_logger()


def open_objection(session: Session, objection_id: uuid.UUID, officer_id: str, reason: str) -> Objection:
    """Return the objection of that id, and record that the officer sees its person's data.

    Raises ObjectionUnknown, also for a draft.
    """
    objection = find_objection(session, objection_id)
    if objection is None or objection.status is ObjectionStatus.DRAFT:
        raise ObjectionUnknown
    record_access(session, officer_id, objection.person.id, AccessKind.OBJECTION, reason)
    return objection


def propose_decision(
    session: Session, objection_id: uuid.UUID, officer_id: str, *, accept: bool, reason: str
) -> Objection:
    """Return the objection with a proposed decision.

    Raises as `lock_submitted_objection` does, and ValidationFailed to accept an identity that is another's.
    """
    objection = lock_submitted_objection(session, objection_id, officer_id, ObjectionStatus.SUBMITTED)
    if accept:
        check_claimed_identity(session, objection)
    now = read_database_time(session)
    objection.status, objection.accept, objection.reason = ObjectionStatus.PROPOSED, accept, reason
    objection.proposed_by, objection.proposed_at = officer_id, now
    session.flush()
    decision_proposals.add(session, objection, _list_claims(objection))
    record_access(session, officer_id, objection.person.id, AccessKind.DECISION)
    log.info("objection.proposed", objection=str(objection.id), officer=officer_id, accept=accept)
    return objection


def withdraw_decision(session: Session, objection_id: uuid.UUID, officer_id: str) -> Objection:
    """Return the objection without its unconfirmed decision. Raises as `lock_submitted_objection` does."""
    objection = lock_submitted_objection(session, objection_id, officer_id, ObjectionStatus.PROPOSED)
    log.info("decision.withdrawn", objection=str(objection.id), officer=officer_id, by=objection.proposed_by)
    add_ending(session, Ending, "decision.withdrawn", objection_id=objection.id, officer=officer_id)
    reopen_objection(session, objection, officer_id)
    record_access(session, officer_id, objection.person.id, AccessKind.DECISION)
    return objection


def reopen_objection(session: Session, objection: Objection, officer_id: str) -> None:
    """Close the proposed decision about a locked objection, which waits for one again."""
    decision_proposals.close(session, objection, officer_id)
    objection.status = ObjectionStatus.SUBMITTED
    objection.accept = objection.reason = objection.proposed_by = objection.proposed_at = None
    session.flush()


def confirm_decision(session: Session, objection_id: uuid.UUID, officer_id: str) -> Objection:
    """Return the decided objection; an accepted one has corrected the record.

    Raises as `propose_decision` does, and OwnDecision also for the officer who proposed the decision.
    """
    objection = lock_submitted_objection(session, objection_id, officer_id, ObjectionStatus.PROPOSED)
    if objection.proposed_by == officer_id:
        raise OwnDecision
    if objection.accept:
        _correct_record(session, objection)
        correct_identity(session, objection)
    now = read_database_time(session)
    objection.status = ObjectionStatus.ACCEPTED if objection.accept else ObjectionStatus.REJECTED
    objection.confirmed_by, objection.decided_at = officer_id, now
    session.flush()
    decision_proposals.confirm(session, objection)
    record_access(session, officer_id, objection.person.id, AccessKind.DECISION)
    add_objection_event(session, "objection.decided", objection, outcome=objection.status.value)
    log.info("objection.decided", objection=str(objection.id), officer=officer_id, accept=objection.accept)
    return objection


def lock_submitted_objection(
    session: Session, objection_id: uuid.UUID, officer_id: str, status: ObjectionStatus
) -> Objection:
    """Return a submitted objection in the given status, and lock its person's row.

    Raises ObjectionUnknown, ObjectionStatusDiffers, and OwnDecision if it is about the officer's own record.
    """
    person_position = find_objector_position(session, objection_id)
    if person_position is None:
        raise ObjectionUnknown
    # What was submitted does not change any more, so the claimed number can be read before the lock.
    claimed = find_objection(session, objection_id)
    if claimed and claimed.fields and (number := claimed.fields.get("insurance_number")):
        lock_numbers(session, [number])
    lock_person(session, person_position)
    objection = find_objection(session, objection_id)
    if objection is None:
        raise ObjectionUnknown
    if find_own_record(session, officer_id) == person_position or officer_id == str(objection.person.id):
        raise OwnDecision
    if objection.status is not status:
        raise ObjectionStatusDiffers(objection.status)
    return objection


def _correct_record(session: Session, objection: Objection) -> None:
    recorded = sum_recorded_days(read_months(session, objection.person))
    for month, workshop_code, days in _list_claims(objection):
        old = recorded.get((month, workshop_code))
        # A list that came meanwhile may have as many days or more: then that period is no longer missing.
        missing = objection.kind is ObjectionKind.MISSING_PERIOD and (old is None or old < days)
        if missing or (objection.kind is ObjectionKind.DAYS and old != days):
            objection.corrections.append(
                Correction(
                    person_position=objection.person_position,
                    month=month,
                    workshop_code=workshop_code,
                    old_days=old,
                    new_days=days,
                )
            )
    for month in sorted({correction.month for correction in objection.corrections}):
        add_event(
            session,
            Outbox,
            "record.changed",
            data={
                "list_id": None,
                "objection_id": str(objection.id),
                "month_jalali": str(month),
                "subjects": [str(objection.person.id)],
            },
        )


def _list_claims(objection: Objection) -> Iterator[tuple[JalaliMonth, str, int]]:
    """Yield month, workshop code and days of what an objection claims."""
    for claimed in objection.months:
        yield claimed.month, claimed.workshop_code, claimed.days
    if objection.period and objection.days:
        for month, days in spread_days(*objection.period, objection.days).items():
            yield month, objection.workshop_code or UNNAMED, days
