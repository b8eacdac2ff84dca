"""Officers decide about objections: one proposes, another confirms, and an accepted one corrects the record.

Whatever decides holds the row of the person concerned: of two officers at once, one comes after the other.
Each step shows the officer the person, so each is written down as a look.
"""

import uuid
from collections.abc import Iterator

import structlog
from sqlalchemy.orm import Session

from services.kit.db import database_time
from services.kit.jalali import JalaliMonth
from services.kit.outbox import add_event
from services.records.actions.accesses import write_look
from services.records.actions.corrections import read_months, recorded_days, spread
from services.records.actions.objections import tell
from services.records.errors import ObjectionStatusDiffers, ObjectionUnknown, OwnDecision
from services.records.models import Correction, LookKind, Objection, ObjectionKind, ObjectionStatus, Outbox
from services.records.store.objections import UNNAMED, find_objection, find_objector, find_own_record
from services.records.store.people import lock_person

log = structlog.get_logger()


def open_objection(session: Session, objection_id: uuid.UUID, officer_id: str, reason: str) -> Objection:
    """Return the objection of that id, and write down that the officer sees its person's data.

    Raises ObjectionUnknown, also for one that is a draft still.
    """
    objection = find_objection(session, objection_id)
    if objection is None or objection.status is ObjectionStatus.DRAFT:
        raise ObjectionUnknown
    write_look(session, officer_id, objection.person.id, LookKind.OBJECTION, reason)
    return objection


def propose_decision(
    session: Session, objection_id: uuid.UUID, officer_id: str, *, accept: bool, reason: str
) -> Objection:
    """Return the objection with a decision for another officer to confirm. Raises what `_hold` does."""
    objection = _hold(session, objection_id, officer_id, ObjectionStatus.SUBMITTED)
    now = database_time(session)
    objection.status, objection.accept, objection.reason = ObjectionStatus.PROPOSED, accept, reason
    objection.proposed_by, objection.proposed_at = officer_id, now
    session.flush()
    write_look(session, officer_id, objection.person.id, LookKind.DECISION)
    log.info("objection.proposed", objection=str(objection.id), officer=officer_id, accept=accept)
    return objection


def withdraw_decision(session: Session, objection_id: uuid.UUID, officer_id: str) -> Objection:
    """Return the objection without the decision that nobody confirmed. Raises what `_hold` does."""
    objection = _hold(session, objection_id, officer_id, ObjectionStatus.PROPOSED)
    log.info("objection.withdrawn", objection=str(objection.id), officer=officer_id, by=objection.proposed_by)
    objection.status = ObjectionStatus.SUBMITTED
    objection.accept = objection.reason = objection.proposed_by = objection.proposed_at = None
    session.flush()
    write_look(session, officer_id, objection.person.id, LookKind.DECISION)
    return objection


def confirm_decision(session: Session, objection_id: uuid.UUID, officer_id: str) -> Objection:
    """Return the objection as decided; an accepted one has corrected the record.

    Raises what `_hold` does, OwnDecision also for the officer who proposed it.
    """
    objection = _hold(session, objection_id, officer_id, ObjectionStatus.PROPOSED)
    if objection.proposed_by == officer_id:
        raise OwnDecision
    if objection.accept:
        _correct_record(session, objection)
    now = database_time(session)
    objection.status = ObjectionStatus.ACCEPTED if objection.accept else ObjectionStatus.REJECTED
    objection.confirmed_by, objection.decided_at = officer_id, now
    session.flush()
    write_look(session, officer_id, objection.person.id, LookKind.DECISION)
    tell(session, "objection.decided", objection, outcome=objection.status.value)
    log.info("objection.decided", objection=str(objection.id), officer=officer_id, accept=objection.accept)
    return objection


def _hold(session: Session, objection_id: uuid.UUID, officer_id: str, status: ObjectionStatus) -> Objection:
    """Return a submitted objection, held, that stands where the caller needs it.

    Raises ObjectionUnknown, OwnDecision when it is about the officer's own record, ObjectionStatusDiffers.
    """
    person_position = find_objector(session, objection_id)
    if person_position is None:
        raise ObjectionUnknown
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
    recorded = recorded_days(read_months(session, objection.person))
    for month, workshop_code, days in _claimed(objection):
        old = recorded.get((month, workshop_code))
        # A list that came meanwhile may say as much or more: then that period is no longer missing.
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


def _claimed(objection: Objection) -> Iterator[tuple[JalaliMonth, str, int]]:
    """Yield month, workshop code and days of what an objection claims."""
    for claimed in objection.months:
        yield claimed.month, claimed.workshop_code, claimed.days
    if objection.period and objection.days:
        for month, days in spread(*objection.period, objection.days).items():
            yield month, objection.workshop_code or UNNAMED, days
