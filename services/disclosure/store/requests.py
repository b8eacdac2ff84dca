"""Disclosure requests, as citizens and officers see them, and as their letter is delivered."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.disclosure.models import ConsentLetter, DisclosureRequest, LetterLanguage, RequestState
from services.kit.db import Sessions, look_up, sql_now

DAY = 24 * 3600

# Every letter needs these queries, and building a statement costs about as much as executing it.
_BY_ID = sa.select(DisclosureRequest).where(DisclosureRequest.id == sa.bindparam("id"))
_ATTEMPT = sa.select(
    DisclosureRequest.requested_at, DisclosureRequest.attempt, DisclosureRequest.state
).where(DisclosureRequest.id == sa.bindparam("id"))
_DELIVERY = _BY_ID.add_columns(
    DisclosureRequest.statement["as_of"].as_string(),
    DisclosureRequest.statement["as_of_jalali"].as_string(),
    sql_now().label("now"),
).with_for_update(of=DisclosureRequest)


class Delivery(NamedTuple):
    """A locked disclosure request, and what its letter copies from the statement.

    `as_of` is when the statement was made, in UTC, and `as_of_jalali` the same day in the Jalali calendar.
    """

    disclosure_request: DisclosureRequest
    as_of: str
    as_of_jalali: str
    now: datetime


class Attempt(NamedTuple):
    """The newest attempt of a request, or the one that made its letter."""

    requested_at: datetime
    attempt: int
    state: RequestState


def find_attempt(sessions: Sessions, disclosure_id: uuid.UUID) -> Attempt | None:
    """Return the newest attempt of a request, outside of any transaction."""
    rows = look_up(sessions, _ATTEMPT, id=disclosure_id)
    return Attempt(*rows[0]) if rows else None


def list_request_times(session: Session, person_id: uuid.UUID, limit: int) -> Sequence[datetime]:
    """Return when the person made requests in the last 24 hours, newest first; without those of consents."""
    is_of_consent = sa.exists().where(ConsentLetter.disclosure_id == DisclosureRequest.id)
    return session.scalars(
        sa.select(DisclosureRequest.requested_at)
        .where(
            DisclosureRequest.person_id == person_id,
            DisclosureRequest.requested_at > sql_now(-DAY),
            ~is_of_consent,
        )
        .order_by(DisclosureRequest.position.desc())
        .limit(limit)
    ).all()


def select_requests(person_id: uuid.UUID | None, state: RequestState | None) -> sa.Select[DisclosureRequest]:
    """Return the query of a person's requests (without a person, of all), of one state or of all."""
    query = sa.select(DisclosureRequest)
    if person_id is not None:
        query = query.where(DisclosureRequest.person_id == person_id)
    if state is not None:
        query = query.where(DisclosureRequest.state == state)
    return query


def find_request(
    session: Session, disclosure_id: uuid.UUID, *, lock: bool = False
) -> DisclosureRequest | None:
    """Return a request by its id; with `lock`, locked until the transaction ends."""
    query = _BY_ID.with_for_update().execution_options(populate_existing=True) if lock else _BY_ID
    return session.scalars(query, {"id": disclosure_id}).one_or_none()


def find_request_states(session: Session, disclosure_ids: Sequence[uuid.UUID]) -> dict[str, str]:
    """Return the states of requests by id."""
    rows = session.execute(
        sa.select(DisclosureRequest.id, DisclosureRequest.state).where(
            DisclosureRequest.id.in_(disclosure_ids)
        )
    ).all()
    return {str(disclosure_id): state.value for disclosure_id, state in rows}


class Described(NamedTuple):
    """What the inbox shows of a request beside its letter."""

    language: str
    note: str | None


def describe_requests(session: Session, disclosure_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Described]:
    """Return language and note of requests, by id."""
    language = sa.func.coalesce(DisclosureRequest.language, LetterLanguage.PERSIAN.value)
    query = sa.select(DisclosureRequest.id, language, DisclosureRequest.note).where(
        DisclosureRequest.id.in_(disclosure_ids)
    )
    return {row[0]: Described(row[1], row[2]) for row in session.execute(query)}


def find_notes(session: Session, disclosure_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the notes of requests that have one, by id."""
    query = sa.select(DisclosureRequest.id, DisclosureRequest.note).where(
        DisclosureRequest.id.in_(disclosure_ids), DisclosureRequest.note.is_not(None)
    )
    return {disclosure_id: note for disclosure_id, note in session.execute(query) if note}


def lock_delivery(session: Session, disclosure_id: uuid.UUID) -> Delivery:
    """Return a request that is locked until the transaction ends; its statement is not loaded."""
    row = session.execute(
        _DELIVERY, {"id": disclosure_id}, execution_options={"populate_existing": True}
    ).one()
    return Delivery(*row)
