"""Reporting failed attempts on their permits to people. Called by `inquiries` and background."""

import uuid

from sqlalchemy.orm import Session

from services.inquiry import store
from services.inquiry.models import Inquiry, Outbox
from services.kit.db import Sessions, is_any
from services.kit.outbox import add_event

BATCH = 200


def report_refusal(session: Session, person_id: uuid.UUID, inquiry: Inquiry) -> None:
    """Add the event of a refused attempt to the person's feed."""
    data = {"reason": inquiry.result.value, "institution": inquiry.institution_name}
    if inquiry.permit_id is not None:
        data["permit_id"] = str(inquiry.permit_id)
    if inquiry.claimed_institution:
        data["claimed_institution"] = inquiry.claimed_institution
    add_event(session, Outbox, "inquiry.refused", subject=person_id, data=data)


def report_refusals(sessions: Sessions) -> int:
    """Return how many failed attempts were processed: reported to the person, or deleted.

    An attempt on a person without permits is deleted: only the failure counters have it. Takes Sessions,
    because mostly there is no attempt, and a look-up outside of the transaction then locks nothing.
    """
    if not is_any(sessions, ~Inquiry.is_reported, by=Inquiry.position):
        return 0
    with sessions.begin() as session:
        attempts = store.list_unreported_attempts(session, BATCH)
        persons = store.map_persons_by_tag(session, {attempt.person_tag for attempt in attempts})
        for attempt in attempts:
            if attempt.person_tag not in persons:
                session.delete(attempt)
                continue
            for person_id in persons[attempt.person_tag]:
                report_refusal(session, person_id, attempt)
            attempt.is_reported = True
        return len(attempts)
