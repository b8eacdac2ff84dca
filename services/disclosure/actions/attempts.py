"""What workers do with a request: claim it, post its document, give it up. Called by the internal routes.

Every claim raises the request's attempt token, and only the newest token is listened to, so a worker
that lost its lease can neither overwrite nor add anything.
"""

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from prometheus_client import Counter
from sqlalchemy.orm import Session

from services.disclosure import store
from services.disclosure.actions.activity import tell
from services.disclosure.errors import AttemptStale, NotClaimable
from services.disclosure.models import DisclosureRequest, FailureCode, RequestState
from services.kit import logging
from services.kit.db import sql_now

MAX_TRIES = 5
# Seconds between a failed attempt and the next: 2, 4, 8, 16, and up to half as much again.
FIRST_BACKOFF = 2

LEASES_EXPIRED = Counter("govah_leases_expired", "Claims whose worker was not heard of in time")
ATTEMPTS_FAILED = Counter("govah_attempts_failed", "Attempts that ended without a letter", ["code"])
for _code in FailureCode:
    # There from the start, so that the first failure is a rise.
    ATTEMPTS_FAILED.labels(_code)

log = structlog.get_logger()


@dataclass(frozen=True)
class Claim:
    """What a worker needs to render a letter; `attempt_token` is good until `lease_until`, or longer."""

    disclosure_id: uuid.UUID
    attempt_token: int
    lease_until: datetime
    letter: Mapping[str, Any]
    statement: Mapping[str, Any]


def claim_request(session: Session, disclosure_id: uuid.UUID, lease: int) -> Claim:
    """Take a request that waits, or whose lease has run out, for so many seconds. Raises NotClaimable."""
    # Nearly all wait; asked for one after the other, the states tell which lease has run out.
    request = store.claim_request(session, disclosure_id, RequestState.QUEUED, lease, MAX_TRIES)
    if request is None:
        request = store.claim_request(session, disclosure_id, RequestState.RENDERING, lease, MAX_TRIES)
        if request is None:
            raise NotClaimable
        LEASES_EXPIRED.inc()
    log.info("request.claimed", disclosure_id=str(disclosure_id), attempt=request.attempt)
    return Claim(request.id, request.attempt, request.claimable_at, _letter(request), request.statement)


def _letter(request: DisclosureRequest) -> Mapping[str, Any]:
    # The same at every attempt: the same letter comes out, whenever it is rendered.
    return {
        "serial": request.serial,
        "tracking_number": request.tracking_number,
        "issued_at": request.requested_at,
        "types": request.types,
        "agreement": {
            "version": request.agreement_version,
            "sha256": request.agreement_sha256,
            "agreed_at": request.requested_at,
        },
    }


def lock_attempt(session: Session, disclosure_id: uuid.UUID, attempt_token: int) -> DisclosureRequest:
    """The request of the newest attempt, locked. Raises AttemptStale for any other, or one that has ended."""
    return of_attempt(store.find_request(session, disclosure_id, lock=True), attempt_token)


def of_attempt(request: DisclosureRequest | None, attempt_token: int) -> DisclosureRequest:
    """The request, if that is its newest attempt and has not ended. Raises AttemptStale."""
    if request is None or request.state is not RequestState.RENDERING or request.attempt != attempt_token:
        raise AttemptStale
    return request


def report_failure(
    session: Session, disclosure_id: uuid.UUID, attempt_token: int, *, code: str, retriable: bool
) -> None:
    """End an attempt without a letter: the request waits for the next, or has failed.

    Raises AttemptStale.
    """
    request = lock_attempt(session, disclosure_id, attempt_token)
    ATTEMPTS_FAILED.labels(_failure_code(code)).inc()
    log.warning("attempt.failed", disclosure_id=str(disclosure_id), attempt=attempt_token, code=code)
    if retriable and request.tries < MAX_TRIES:
        request.move(RequestState.QUEUED)
        request.claimable_at = request.nudge_at = sql_now(_backoff(request.tries))
        return
    request.move(RequestState.FAILED)
    request.failure_code = _failure_code(code)
    tell_failed(session, request)


def _backoff(tries: int) -> int:
    base = FIRST_BACKOFF << (tries - 1)
    return base + random.randint(0, base // 2)  # noqa: S311 -- jitter


def _failure_code(code: str) -> FailureCode:
    # A newer worker may know reasons that this code has no words for.
    known = set(FailureCode)
    return FailureCode(code) if code in known else FailureCode.RENDERING_FAILED


def fail_exhausted(session: Session, limit: int) -> int:
    """Fail requests whose last attempt never came back; returns how many."""
    failed = store.fail_exhausted(session, MAX_TRIES, limit)
    for request in failed:
        LEASES_EXPIRED.inc()
        logging.bind_request_id(request.request_id)
        log.warning("request.exhausted", disclosure_id=str(request.id), attempt=request.attempt)
        tell_failed(session, request)
    return len(failed)


def tell_failed(session: Session, request: DisclosureRequest) -> None:
    """Emit `request.failed`."""
    tell(
        session,
        "request.failed",
        request.person_id,
        {
            "disclosure_request_id": str(request.id),
            "tracking_number": request.tracking_number,
            "code": request.failure_code,
        },
    )
