"""What belongs to a person, and its move to another person."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.disclosure.models import Activity, DisclosureRequest, IssuedAnswer, Letter


def lock_requests(session: Session, person_id: uuid.UUID) -> None:
    """Lock a person's requests until the transaction ends; workers lock a request before its person."""
    query = sa.select(DisclosureRequest.position).where(DisclosureRequest.person_id == person_id)
    session.execute(query.order_by(DisclosureRequest.position).with_for_update())


def move_person(session: Session, merged_id: uuid.UUID, remaining_id: uuid.UUID) -> None:
    """Give requests, letters, answers and activity of one person to another."""
    # Activity last: who adds a line has locked its request or letter.
    for model in (DisclosureRequest, Letter, IssuedAnswer, Activity):
        session.execute(
            sa.update(model)
            .where(model.person_id == merged_id)
            .values(person_id=remaining_id)
            .execution_options(synchronize_session=False)
        )
    session.expire_all()
