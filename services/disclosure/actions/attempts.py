"""What workers do with a request: claim it, deliver its document, report a failure.

Every claim raises the request's attempt token, and only the newest token is accepted. A worker that lost its
lease can neither overwrite nor add anything.
"""

import random
import uuid
from collections.abc import Sequence

import structlog
from prometheus_client import Counter
from sqlalchemy.orm import Session

from services.disclosure.actions.activity import emit_event
from services.disclosure.errors import AttemptStale, NotClaimable
from services.disclosure.models import DisclosureRequest, FailureCode, RequestState, WaitingCode
from services.disclosure.store import queue, requests
from services.disclosure.store.queue import ClaimedRequest
from services.disclosure.store.requests import Attempt
from services.kit import logging
from services.kit.db import sql_now

MAX_TRIES = 5
# Seconds between a failed attempt and the next: 2, 4, 8, 16, and up to half as much again.
FIRST_BACKOFF = 2
# Seconds between an attempt that an outage ended and the next, and up to half as much again.
OUTAGE_DELAY = 20
# What workers of the previous release say when the signing key cannot be used.
WAITING_CODES = {**{code.value: code for code in WaitingCode}, "signing-unavailable": WaitingCode.CERTIFICATE}

LEASES_EXPIRED = Counter("govah_leases_expired", "Claims whose worker did not report in time")
ATTEMPTS_FAILED = Counter("govah_attempts_failed", "Attempts that ended without a letter", ["code"])
for _code in (*FailureCode, *WaitingCode):
    # All series exist from the start, so that the first failure shows as a rise.
    ATTEMPTS_FAILED.labels(_code)

log = structlog.get_logger()


def claim_request(
    session: Session, disclosure_id: uuid.UUID, statement_version: int, languages: Sequence[str], lease: int
) -> ClaimedRequest:
    """Return a queued request, or one whose lease has expired, claimed for `lease` seconds.

    `statement_version` is the last version of the statement's schema that the worker reads, `languages` are
    those in which it writes letters. Raises NotClaimable.
    """
    limits = (statement_version, languages, lease, MAX_TRIES)
    # Nearly all are queued. Trying one state after the other shows whose lease has expired.
    claimed = queue.claim_request(session, disclosure_id, RequestState.QUEUED, *limits)
    if claimed is None:
        claimed = queue.claim_request(session, disclosure_id, RequestState.RENDERING, *limits)
        if claimed is None:
            raise NotClaimable
        LEASES_EXPIRED.inc()
    log.info("request.claimed", disclosure_id=str(disclosure_id), attempt=claimed.attempt)
    return claimed


def claim_next_request(
    session: Session, statement_version: int, languages: Sequence[str], lease: int
) -> ClaimedRequest | None:
    """Return the queued request that was made first, claimed for `lease` seconds; None if none is free."""
    claimed = queue.claim_next_request(session, statement_version, languages, lease, MAX_TRIES)
    if claimed is not None:
        log.info("request.claimed", disclosure_id=str(claimed.id), attempt=claimed.attempt)
    return claimed


def is_running_attempt(disclosure_request: DisclosureRequest | Attempt, attempt_token: int) -> bool:
    """Return whether this is the newest attempt of the request, and has not ended."""
    return disclosure_request.state is RequestState.RENDERING and disclosure_request.attempt == attempt_token


def lock_attempt(session: Session, disclosure_id: uuid.UUID, attempt_token: int) -> DisclosureRequest:
    """Return the request of a running attempt, locked until the transaction ends.

    Raises AttemptStale for an attempt that has ended or is not the newest one.
    """
    disclosure_request = requests.find_request(session, disclosure_id, lock=True)
    if disclosure_request is None or not is_running_attempt(disclosure_request, attempt_token):
        raise AttemptStale
    return disclosure_request


def report_failure(
    session: Session, disclosure_id: uuid.UUID, attempt_token: int, *, code: str, retriable: bool
) -> None:
    """End an attempt without a letter: the request is queued for the next one, or has failed.

    An outage fails no request: it waits for as long as the outage lasts. Raises AttemptStale.
    """
    disclosure_request = lock_attempt(session, disclosure_id, attempt_token)
    if waiting_code := WAITING_CODES.get(code):
        _wait_for_outage(disclosure_request, waiting_code)
        return
    ATTEMPTS_FAILED.labels(_parse_failure_code(code)).inc()
    log.warning("attempt.failed", disclosure_id=str(disclosure_id), attempt=attempt_token, code=code)
    if retriable and disclosure_request.tries < MAX_TRIES:
        disclosure_request.move(RequestState.QUEUED)
        backoff = _compute_backoff(disclosure_request.tries)
        disclosure_request.claimable_at = disclosure_request.nudge_at = sql_now(backoff)
        return
    disclosure_request.move(RequestState.FAILED)
    disclosure_request.failure_code = _parse_failure_code(code)
    _emit_failed(session, disclosure_request)


def _wait_for_outage(disclosure_request: DisclosureRequest, waiting_code: WaitingCode) -> None:
    ATTEMPTS_FAILED.labels(waiting_code).inc()
    log.warning(
        "attempt.waits",
        disclosure_id=str(disclosure_request.id),
        attempt=disclosure_request.attempt,
        code=waiting_code.value,
    )
    disclosure_request.move(RequestState.QUEUED)
    disclosure_request.waiting_code = waiting_code.value
    # Nothing is wrong with the request, so its earlier attempts do not count either.
    disclosure_request.tries = 0
    delay = _add_jitter(OUTAGE_DELAY)
    disclosure_request.claimable_at = disclosure_request.nudge_at = sql_now(delay)


def note_storage_outage(session: Session, disclosure_id: uuid.UUID) -> None:
    """Note that the object store could not take a letter. No earlier attempt of the request counts any more.

    The attempt goes on, since its worker retries. It need not be the newest one: a store that hangs may
    answer only after the lease of an attempt.
    """
    if queue.note_outage(session, disclosure_id, WaitingCode.STORAGE):
        log.warning("attempt.waits", disclosure_id=str(disclosure_id), code=WaitingCode.STORAGE.value)


def _compute_backoff(tries: int) -> int:
    return _add_jitter(FIRST_BACKOFF << (tries - 1))


def _add_jitter(seconds: int) -> int:
    return seconds + random.randint(0, seconds // 2)  # noqa: S311 -- jitter


def _parse_failure_code(code: str) -> FailureCode:
    # A newer worker may report codes that this version does not know.
    return FailureCode(code) if code in set(FailureCode) else FailureCode.RENDERING_FAILED


def fail_exhausted(session: Session, limit: int) -> int:
    """Return how many requests failed because their last attempt did not report; at most `limit` do."""
    failed = queue.fail_exhausted(session, MAX_TRIES, limit)
    for disclosure_request in failed:
        LEASES_EXPIRED.inc()
        logging.bind_request_id(disclosure_request.request_id)
        log.warning(
            "request.exhausted",
            disclosure_id=str(disclosure_request.id),
            attempt=disclosure_request.attempt,
        )
        _emit_failed(session, disclosure_request)
    return len(failed)


def _emit_failed(session: Session, disclosure_request: DisclosureRequest) -> None:
    emit_event(
        session,
        "request.failed",
        disclosure_request.person_id,
        {
            "disclosure_request_id": str(disclosure_request.id),
            "tracking_number": disclosure_request.tracking_number,
            "code": disclosure_request.failure_code,
        },
    )
