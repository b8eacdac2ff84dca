"""Asking for a letter, following the request, asking again after a failure. Called by the routes."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.disclosure import store
from services.disclosure.actions.activity import tell
from services.disclosure.actions.agreements import get_agreement
from services.disclosure.actions.numbers import new_serial, new_tracking_number
from services.disclosure.errors import AgreementOutdated, AgreementRequired, DailyLimitReached, NotFailed
from services.disclosure.models import Agreement, DisclosureRequest, Outbox, RequestState
from services.kit import logging
from services.kit.db import database_time, sql_now
from services.kit.outbox import add_task
from services.kit.paging import fetch_page
from services.kit.problems import NotFound

RENDER_TASK = "letters.render"
MAX_A_DAY = 10
# A request that nobody has claimed after this many seconds has lost its message, or waits in a long queue.
NUDGE_AFTER = 20
# Two new numbers in 9 * 10**11 are hardly ever the same; twice in a row means a bug.
NUMBER_TRIES = 3


@dataclass(frozen=True)
class Following:
    """A request and the letter it led to, if it is ready."""

    request: DisclosureRequest
    letter_id: uuid.UUID | None


def check_agreement(session: Session, version: int, *, agreed: bool) -> Agreement:
    """The current agreement, which was agreed to.

    Raises AgreementRequired without consent, AgreementOutdated for any version but the current one.
    """
    if not agreed:
        raise AgreementRequired
    current = get_agreement(session)
    if version != current.version:
        raise AgreementOutdated
    return current


def request_disclosure(
    session: Session,
    person_id: uuid.UUID,
    *,
    types: Sequence[str],
    agreement: Agreement,
    statement: Mapping[str, Any],
    note: str | None,
) -> DisclosureRequest:
    """Queue a request with its snapshot of the record, and the agreement that `check_agreement` returned.

    Raises DailyLimitReached.
    """
    store.lock_citizen(session, person_id)
    _check_limit(session, person_id)
    request = _insert_request(session, person_id, types, agreement, statement, note)
    _queue(session, request)
    return request


def _check_limit(session: Session, person_id: uuid.UUID) -> None:
    times = store.times_of_today(session, person_id, MAX_A_DAY)
    if len(times) == MAX_A_DAY:
        left = store.DAY - (database_time(session) - times[-1]).total_seconds()
        raise DailyLimitReached(max(1, int(left) + 1))


def _insert_request(
    session: Session,
    person_id: uuid.UUID,
    types: Sequence[str],
    agreement: Agreement,
    statement: Mapping[str, Any],
    note: str | None,
) -> DisclosureRequest:
    for left in reversed(range(NUMBER_TRIES)):
        request = DisclosureRequest(
            person_id=person_id,
            types=list(types),
            note=note,
            tracking_number=new_tracking_number(),
            serial=new_serial(),
            agreement_version=agreement.version,
            agreement_sha256=agreement.sha256,
            statement=dict(statement),
            nudge_at=sql_now(NUDGE_AFTER),
        )
        try:
            with session.begin_nested():
                session.add(request)
        except IntegrityError:
            if not left:
                raise
        else:
            return request
    raise AssertionError("the loop returns or raises")


def _queue(session: Session, request: DisclosureRequest) -> None:
    add_task(session, Outbox, RENDER_TASK, {"disclosure_request_id": str(request.id)})
    tell(
        session,
        "request.queued",
        request.person_id,
        {
            "disclosure_request_id": str(request.id),
            "tracking_number": request.tracking_number,
            "types": request.types,
        },
    )


def retry_request(
    session: Session, disclosure_id: uuid.UUID, person_id: uuid.UUID | None
) -> DisclosureRequest:
    """Queue a failed request again, with the same snapshot; `person_id` is None for an officer.

    Raises NotFound, also for what is another's; NotFailed.
    """
    request = store.find_request(session, disclosure_id, lock=True)
    if request is None or person_id not in {None, request.person_id}:
        raise NotFound
    if request.state is not RequestState.FAILED:
        raise NotFailed
    request.move(RequestState.QUEUED)
    request.failure_code, request.tries = None, 0
    request.queued_at = request.claimable_at = sql_now()
    request.nudge_at = sql_now(NUDGE_AFTER)
    request.request_id = logging.current_request_id()
    _queue(session, request)
    return request


def failed_requests(session: Session) -> Sequence[DisclosureRequest]:
    """Everybody's failed requests, oldest first."""
    query = store.requests_query(None, RequestState.FAILED)
    return session.scalars(query.order_by(DisclosureRequest.position)).all()


def list_requests(
    session: Session,
    person_id: uuid.UUID | None,
    state: RequestState | None,
    *,
    limit: int,
    cursor: str | None,
) -> tuple[Sequence[Following], str | None]:
    """One page of a person's requests (everybody's for None), newest first, and the next page's cursor."""
    query = store.requests_query(person_id, state)
    rows, next_cursor = fetch_page(
        session, query, DisclosureRequest.position, name="requests", limit=limit, cursor=cursor
    )
    letters = store.letters_of(session, [row.id for row in rows])
    return [Following(row, letters.get(row.id)) for row in rows], next_cursor


def get_request(session: Session, disclosure_id: uuid.UUID, person_id: uuid.UUID | None) -> Following:
    """One request; `person_id` is None for an officer. Raises NotFound, also for what is another's."""
    request = store.find_request(session, disclosure_id)
    if request is None or person_id not in {None, request.person_id}:
        raise NotFound
    return Following(request, store.letters_of(session, [request.id]).get(request.id))
