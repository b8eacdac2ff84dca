"""Requests, as their people and officers see them."""

import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.disclosure.models import DisclosureRequest, Letter, RequestState
from services.kit.db import sql_now

DAY = 24 * 3600

# Every letter asks these: to build a statement anew costs about as much as to execute it.
_BY_ID = sa.select(DisclosureRequest).where(DisclosureRequest.id == sa.bindparam("id"))
_DELIVERY = _BY_ID.add_columns(
    DisclosureRequest.statement["as_of"].as_string(),
    DisclosureRequest.statement["as_of_jalali"].as_string(),
    sql_now().label("now"),
).with_for_update(of=DisclosureRequest)


def times_of_today(session: Session, person_id: uuid.UUID, limit: int) -> Sequence[datetime]:
    """When the person's newest requests of the last 24 hours came, newest first."""
    return session.scalars(
        sa.select(DisclosureRequest.requested_at)
        .where(DisclosureRequest.person_id == person_id, DisclosureRequest.requested_at > sql_now(-DAY))
        .order_by(DisclosureRequest.position.desc())
        .limit(limit)
    ).all()


def requests_query(person_id: uuid.UUID | None, state: RequestState | None) -> sa.Select[DisclosureRequest]:
    """One person's requests, or everybody's; of one state, or of all."""
    query = sa.select(DisclosureRequest)
    if person_id is not None:
        query = query.where(DisclosureRequest.person_id == person_id)
    if state is not None:
        query = query.where(DisclosureRequest.state == state)
    return query


def find_request(
    session: Session, disclosure_id: uuid.UUID, *, lock: bool = False
) -> DisclosureRequest | None:
    """A request by its id; locked until the transaction ends if asked."""
    query = _BY_ID.with_for_update().execution_options(populate_existing=True) if lock else _BY_ID
    return session.scalars(query, {"id": disclosure_id}).one_or_none()


def letters_of(session: Session, disclosure_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """The ids of the letters that requests led to, by request id."""
    query = sa.select(Letter.disclosure_id, Letter.id).where(Letter.disclosure_id.in_(disclosure_ids))
    return dict(session.execute(query).all())


def states_of_requests(session: Session, disclosure_ids: Sequence[uuid.UUID]) -> dict[str, str]:
    """What requests have come to, by id."""
    rows = session.execute(
        sa.select(DisclosureRequest.id, DisclosureRequest.state).where(
            DisclosureRequest.id.in_(disclosure_ids)
        )
    ).all()
    return {str(disclosure_id): state.value for disclosure_id, state in rows}


def lock_delivery(
    session: Session, disclosure_id: uuid.UUID
) -> sa.Row[DisclosureRequest, str, str, datetime]:
    """A request, locked until the transaction ends, and what its letter needs to be told beside it.

    That is when its statement was made, in UTC and as a Jalali date, and what time it is; the statement
    itself stays there.
    """
    return session.execute(
        _DELIVERY, {"id": disclosure_id}, execution_options={"populate_existing": True}
    ).one()
