"""Requesting a letter, following the request, retrying after a failure."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.disclosure.actions.activity import emit_event
from services.disclosure.actions.agreements import get_agreement
from services.disclosure.actions.numbers import generate_serial, generate_tracking_number
from services.disclosure.errors import AgreementOutdated, AgreementRequired, DailyLimitReached, NotFailed
from services.disclosure.models import Agreement, DisclosureRequest, LetterLanguage, Outbox, RequestState
from services.disclosure.store import answers, citizens, letters, requests
from services.kit import logging
from services.kit.db import read_database_time, sql_now
from services.kit.outbox import add_task
from services.kit.paging import fetch_page
from services.kit.problems import NotFound

RENDER_TASK = "letters.render"
MAX_A_DAY = 10
# Seconds after which an unclaimed request has lost its message, or waits in a long queue.
NUDGE_AFTER = 20
# Two random numbers of 9 * 10**11 are hardly ever equal; twice in a row means a bug.
NUMBER_TRIES = 3


@dataclass(frozen=True)
class TrackedRequest:
    """A request and the id of its letter, if that is ready."""

    disclosure_request: DisclosureRequest
    letter_id: uuid.UUID | None


@dataclass(frozen=True)
class Wishes:
    """What a person wants of a letter; `latin_name` is the person's own spelling, for a bilingual letter."""

    types: Sequence[str]
    note: str | None = field(default=None, repr=False)
    language: LetterLanguage = LetterLanguage.PERSIAN
    latin_name: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Quota:
    """The number of requests a day, how many remain, and when the next one is possible if none does."""

    limit: int
    remaining: int
    next_at: datetime | None


def check_agreement(session: Session, version: int, *, agreed: bool) -> Agreement:
    """Return the current agreement, to which the person has agreed.

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
    wishes: Wishes,
    *,
    agreement: Agreement,
    statement: Mapping[str, Any],
) -> DisclosureRequest:
    """Return a queued request with its snapshot of the record and the agreement of `check_agreement`.

    Raises DailyLimitReached.
    """
    person_id = citizens.lock_citizen(session, person_id)
    _check_daily_limit(session, person_id)
    disclosure_request = _insert_request(session, person_id, wishes, agreement, statement)
    _queue_request(session, disclosure_request)
    return disclosure_request


def queue_letter_of_consent(
    session: Session,
    person_id: uuid.UUID,
    wishes: Wishes,
    *,
    agreement: Agreement,
    statement: Mapping[str, Any],
) -> DisclosureRequest:
    """Return a queued request of a locked person that does not count among those of a day."""
    disclosure_request = _insert_request(session, person_id, wishes, agreement, statement)
    _queue_request(session, disclosure_request)
    return disclosure_request


def _check_daily_limit(session: Session, person_id: uuid.UUID) -> None:
    quota = read_quota(session, person_id)
    if quota.next_at is not None:
        left = (quota.next_at - read_database_time(session)).total_seconds()
        raise DailyLimitReached(max(1, int(left) + 1))


def read_quota(session: Session, person_id: uuid.UUID) -> Quota:
    """Return how many requests the person may still make, counted over the last 24 hours."""
    times = requests.list_request_times(session, person_id, MAX_A_DAY)
    is_used = len(times) == MAX_A_DAY
    return Quota(
        MAX_A_DAY, MAX_A_DAY - len(times), times[-1] + timedelta(seconds=requests.DAY) if is_used else None
    )


def _draw_serial(session: Session) -> str:
    """Return a serial that no letter and no answers have had."""
    while answers.is_serial_taken(session, serial := generate_serial()):
        pass
    return serial


def _insert_request(
    session: Session,
    person_id: uuid.UUID,
    wishes: Wishes,
    agreement: Agreement,
    statement: Mapping[str, Any],
) -> DisclosureRequest:
    for left in reversed(range(NUMBER_TRIES)):
        disclosure_request = DisclosureRequest(
            person_id=person_id,
            types=list(wishes.types),
            note=wishes.note,
            language=wishes.language.value,
            latin_name=wishes.latin_name,
            tracking_number=generate_tracking_number(),
            serial=_draw_serial(session),
            agreement_version=agreement.version,
            agreement_sha256=agreement.sha256,
            statement=dict(statement),
            nudge_at=sql_now(NUDGE_AFTER),
        )
        try:
            with session.begin_nested():
                session.add(disclosure_request)
        except IntegrityError:
            if not left:
                raise
        else:
            return disclosure_request
    raise AssertionError("the loop returns or raises")


def _queue_request(session: Session, disclosure_request: DisclosureRequest) -> None:
    add_task(session, Outbox, RENDER_TASK, {"disclosure_request_id": str(disclosure_request.id)})
    emit_event(
        session,
        "request.queued",
        disclosure_request.person_id,
        {
            "disclosure_request_id": str(disclosure_request.id),
            "tracking_number": disclosure_request.tracking_number,
            "types": disclosure_request.types,
        },
    )


def retry_request(
    session: Session, disclosure_id: uuid.UUID, person_id: uuid.UUID | None
) -> DisclosureRequest:
    """Return a failed request, queued again with the same snapshot; `person_id` is None for an officer.

    Raises NotFound, also for another person's request; NotFailed.
    """
    disclosure_request = requests.find_request(session, disclosure_id, lock=True)
    if disclosure_request is None or person_id not in {None, disclosure_request.person_id}:
        raise NotFound
    if disclosure_request.state is not RequestState.FAILED:
        raise NotFailed
    disclosure_request.move(RequestState.QUEUED)
    disclosure_request.failure_code, disclosure_request.tries = None, 0
    disclosure_request.queued_at = disclosure_request.claimable_at = sql_now()
    disclosure_request.nudge_at = sql_now(NUDGE_AFTER)
    disclosure_request.request_id = logging.get_request_id()
    _queue_request(session, disclosure_request)
    return disclosure_request


def list_failed_requests(session: Session) -> Sequence[DisclosureRequest]:
    """Return all failed requests, oldest first."""
    query = requests.select_requests(None, RequestState.FAILED)
    return session.scalars(query.order_by(DisclosureRequest.position)).all()


def list_requests(
    session: Session,
    person_id: uuid.UUID | None,
    state: RequestState | None,
    *,
    limit: int,
    cursor: str | None,
) -> tuple[Sequence[TrackedRequest], str | None]:
    """Return one page of a person's requests, or of all requests, newest first, and the next cursor."""
    query = requests.select_requests(person_id, state)
    rows, next_cursor = fetch_page(
        session, query, DisclosureRequest.position, name="requests", limit=limit, cursor=cursor
    )
    letter_ids = letters.find_letter_ids(session, [row.id for row in rows])
    return [TrackedRequest(row, letter_ids.get(row.id)) for row in rows], next_cursor


def get_request(session: Session, disclosure_id: uuid.UUID, person_id: uuid.UUID | None) -> TrackedRequest:
    """Return a request; `person_id` is None for an officer. Raises NotFound, also for another person's."""
    disclosure_request = requests.find_request(session, disclosure_id)
    if disclosure_request is None or person_id not in {None, disclosure_request.person_id}:
        raise NotFound
    letter_ids = letters.find_letter_ids(session, [disclosure_request.id])
    return TrackedRequest(disclosure_request, letter_ids.get(disclosure_request.id))
