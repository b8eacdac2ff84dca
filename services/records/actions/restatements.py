"""Objections that older code submitted: an event says once which months they are about, and how they stand.

Older code runs beside this one during an upgrade, so this is a loop and not a migration. It finds nothing
once every objection is stated.
"""

import uuid

import structlog

from services.kit.db import Sessions, is_any, read_database_time
from services.kit.outbox import add_event
from services.records.actions.objections import list_month_names
from services.records.models import Objection, ObjectionStatus, Outbox
from services.records.store.objections import OPEN, find_objection, is_unstated, list_unstated_objections
from services.records.store.people import lock_person

BATCH = 100

log = structlog.get_logger()


def publish_restatements(sessions: Sessions) -> int:
    """Return how many objections were restated, each in a transaction of its own, at most `BATCH`."""
    if not is_any(sessions, is_unstated(), by=Objection.position):
        return 0
    with sessions() as session:
        unstated = list_unstated_objections(session, BATCH)
    for objection_id, person_position in unstated:
        _publish_restatement(sessions, objection_id, person_position)
    log.info("objections.restated", count=len(unstated))
    return len(unstated)


def _publish_restatement(sessions: Sessions, objection_id: uuid.UUID, person_position: int) -> None:
    with sessions.begin() as session:
        # A decision takes this lock too, so the events come in the order of what happened.
        lock_person(session, person_position)
        objection = find_objection(session, objection_id)
        if objection is None or objection.stated_at or objection.submitted_at is None:
            return
        objection.stated_at = read_database_time(session)
        status = ObjectionStatus.SUBMITTED if objection.status in OPEN else objection.status
        data = {
            "objection_id": str(objection.id),
            "kind": objection.kind.value,
            "months": list_month_names(objection),
            "status": status.value,
            "submitted_at": objection.submitted_at.isoformat(),
            "decided_at": objection.decided_at and objection.decided_at.isoformat(),
        }
        add_event(session, Outbox, "objection.restated", subject=objection.person.id, data=data)
