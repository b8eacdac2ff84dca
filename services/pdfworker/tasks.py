"""The task `letters.render`: claim a request, render its letter, post it. The message is only a nudge.

Whatever happens here, nothing is lost: a claim that is not answered for runs out, and disclosure hands
the request out again. So the task gives up early rather than late.
"""

import random
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import structlog
from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded
from prometheus_client import Histogram

from services.kit import logging, tracing
from services.kit.problems import Unavailable
from services.pdfworker.clients import Claim, Disclosure
from services.pdfworker.errors import AttemptStale, StatementTooLarge
from services.pdfworker.letter.page import Look
from services.pdfworker.letter.render import LetterResourceDenied, render_letter
from services.pdfworker.letter.statement import MAX_WAGE_ROWS, MAX_YEARS, LetterInputInvalid
from services.pdfworker.signing.errors import SigningUnavailable
from services.pdfworker.signing.prove import Prover, SignedLetter

RENDER_TASK = "letters.render"
# Seconds to wait for disclosure between tries, all of them well inside the soft time limit.
WAITS = (0.2, 0.5, 1.0, 2.0, 4.0)
# No other attempt will fare better with these.
HOPELESS = (StatementTooLarge, LetterInputInvalid, LetterResourceDenied)

RENDER_SECONDS = Histogram(
    "govah_letter_render_seconds",
    "Seconds from a claimed statement to its PDF, also where none came",
    buckets=(0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 30, 60),
)
SIGN_SECONDS = Histogram(
    "govah_letter_sign_seconds",
    "Seconds that signing took, with its time stamp, also where it failed",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

Answer = TypeVar("Answer")
log = structlog.get_logger()


def register(app: Celery, disclosure: Disclosure, look: Look, prover: Prover) -> None:
    """Put the task on a Celery app."""

    @app.task(name=RENDER_TASK, bind=True)
    def render(task: Any, disclosure_request_id: str) -> None:
        logging.bind_request_id(logging.accept_request_id(task.request.get("request_id")))
        with tracing.span(RENDER_TASK, "consumer", parent=task.request.get("traceparent")):
            render_request(disclosure, look, prover, disclosure_request_id)


def render_request(disclosure: Disclosure, look: Look, prover: Prover, request_id: str) -> None:
    """Take one request from its claim to its letter; a request that is not free is dropped.

    While the certificate is not valid none is claimed: requests wait, without a failed attempt, for a
    worker with a valid one.
    """
    log_of_request = log.bind(disclosure_request_id=request_id)
    try:
        prover.signer.demand_valid()
        claim = patiently(lambda: disclosure.claim(request_id))
        if claim is None:
            log_of_request.info("request.not-free")
            return
        log_of_request.info("request.claimed", attempt=claim.attempt_token)
        _answer(disclosure, look, prover, claim)
    except SigningUnavailable as error:
        log_of_request.error("signing.unavailable", reason=str(error))  # noqa: TRY400 -- the sentence says it all
    except AttemptStale:
        log_of_request.info("attempt.stale")
    except (Unavailable, SoftTimeLimitExceeded) as error:
        log_of_request.warning("request.left", reason=type(error).__name__)


def _answer(disclosure: Disclosure, look: Look, prover: Prover, claim: Claim) -> None:
    try:
        letter = _render(claim, look, prover)
    # Every reason must reach disclosure, and no message: it may quote the record.
    except Exception as error:  # noqa: BLE001
        code = str(getattr(error, "code", "rendering-failed"))
        log.warning("rendering.failed", disclosure_request_id=claim.request_id, reason=type(error).__name__)
        retriable = not isinstance(error, HOPELESS)
        patiently(lambda: disclosure.give_up(claim, code, retriable=retriable))
    else:
        patiently(lambda: disclosure.post(claim, letter))
        log.info("letter.posted", disclosure_request_id=claim.request_id, pages=letter.pages)


def _render(claim: Claim, look: Look, prover: Prover) -> SignedLetter:
    check_size(claim.statement)
    try:
        qr_text = prover.qr_text(claim.letter, claim.statement)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise LetterInputInvalid("داده‌های نامه درست نیست / the letter's input is invalid") from error
    with RENDER_SECONDS.time(), tracing.span("render", "internal"):
        letter = render_letter(claim.letter, claim.statement, look, qr_text)
    with SIGN_SECONDS.time(), tracing.span("sign", "internal"):
        return prover.sign(letter.pdf, letter.pages, qr_text)


def check_size(statement: Mapping[str, Any]) -> None:
    """Raise StatementTooLarge for more rows or years than the letter's limits."""
    tables = statement["tables"].values()
    rows = max((len(table.get("rows", ())) for table in tables), default=0)
    years = max((len(table["years"]) for table in tables), default=0)
    if rows > MAX_WAGE_ROWS or years > MAX_YEARS:
        raise StatementTooLarge


def patiently(call: Callable[[], Answer]) -> Answer:
    """The call's answer, tried again a few times. Raises Unavailable when none of the tries helped."""
    for wait in WAITS:
        try:
            return call()
        except Unavailable:
            time.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311 -- jitter
    return call()
