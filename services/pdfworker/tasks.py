"""The task `letters.render`: claim a request, render its letter, deliver it. The message is only a trigger.

The response to a delivered letter is the claim of another request while some wait. The message of that
request comes later, and is skipped without a call if it comes to this worker.

Nothing is lost if the task fails: an unanswered claim expires, and disclosure hands out the request again. So
the task gives up early rather than late.
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
from services.pdfworker.letter.bilingual.letters import LANGUAGE, MAX_BILINGUAL_ROWS, ROWS_OF_YEAR
from services.pdfworker.letter.page import Letterhead
from services.pdfworker.letter.render import LetterResourceDenied, render_letter
from services.pdfworker.letter.statement import (
    MAX_WAGE_ROWS,
    MAX_WORKSHOP_YEARS,
    MAX_WORKSHOPS,
    MAX_YEARS,
    LetterInputInvalid,
)
from services.pdfworker.signing.errors import SigningUnavailable, TimeStampUnavailable
from services.pdfworker.signing.prove import Prover, SignedLetter
from services.pdfworker.taken import TakenRequests

RENDER_TASK = "letters.render"
# Seconds between retries of a call to disclosure, in all far below the soft time limit.
RETRY_DELAYS = (0.2, 0.5, 1.0, 2.0, 4.0)
# Seconds for which a task takes further requests, in all with one more letter below the soft time limit.
NEXT_SECONDS = 5.0
# Another attempt would fail in the same way.
NOT_RETRIABLE = (StatementTooLarge, LetterInputInvalid, LetterResourceDenied)

RENDER_SECONDS = Histogram(
    "govah_letter_render_seconds",
    "Seconds from a claimed statement to its PDF, failures included",
    buckets=(0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 30, 60),
)
SIGN_SECONDS = Histogram(
    "govah_letter_sign_seconds",
    "Seconds that signing took, with its time stamp, failures included",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

Value = TypeVar("Value")
log = structlog.get_logger()


def register_tasks(app: Celery, disclosure: Disclosure, letterhead: Letterhead, prover: Prover) -> None:
    """Register the task in a Celery app; its processes are forked later."""
    taken = TakenRequests()

    # Not shared: a second app in a process would get the ports of the first.
    @app.task(name=RENDER_TASK, bind=True, shared=False)
    def render(task: Any, /, **arguments: str) -> None:
        # The correlation id of the call that caused the task, not the id of the disclosure request.
        logging.bind_request_id(logging.accept_request_id(task.request.get("request_id")))
        # disclosure sends the older name while workers of the previous release may be running.
        disclosure_id = arguments.get("disclosure_id") or arguments["disclosure_request_id"]
        with tracing.span(RENDER_TASK, "consumer", parent=task.request.get("traceparent")):
            render_request(disclosure, letterhead, prover, disclosure_id, taken)


def render_request(
    disclosure: Disclosure,
    letterhead: Letterhead,
    prover: Prover,
    disclosure_id: str,
    taken: TakenRequests,
) -> None:
    """Claim a disclosure request, render its letter and deliver it. Skip a request that cannot be claimed.

    While more requests wait, go on with them for `NEXT_SECONDS`. Their own messages are skipped then.
    """
    if taken.take_back(disclosure_id):
        log.info("request.taken-before", disclosure_id=disclosure_id)
        return
    until = time.monotonic() + NEXT_SECONDS
    try:
        claim = retry_while_unavailable(lambda: disclosure.claim_request(disclosure_id))
        if claim is None:
            log.info("request.not-free", disclosure_id=disclosure_id)
        while claim is not None:
            disclosure_id = claim.disclosure_id
            log.info("request.claimed", disclosure_id=disclosure_id, attempt=claim.attempt_token)
            letter = _render_or_report(disclosure, letterhead, prover, claim)
            if letter is None:
                taken.take_back(disclosure_id)
                return
            claim = _deliver_letter(disclosure, claim, letter, claims_next=time.monotonic() < until)
            if claim is not None:
                taken.add(claim.disclosure_id)
                logging.bind_request_id(logging.accept_request_id(claim.correlation_id))
    # The next attempt of a request without a letter comes with another message, which is not skipped.
    except AttemptStale:
        taken.take_back(disclosure_id)
        log.info("attempt.stale", disclosure_id=disclosure_id)
    except (Unavailable, SoftTimeLimitExceeded) as error:
        taken.take_back(disclosure_id)
        log.warning("request.left", disclosure_id=disclosure_id, reason=type(error).__name__)


def _deliver_letter(
    disclosure: Disclosure, claim: Claim, letter: SignedLetter, *, claims_next: bool
) -> Claim | None:
    following = retry_while_unavailable(
        lambda: disclosure.deliver_letter(claim, letter, claims_next=claims_next)
    )
    log.info("letter.posted", disclosure_id=claim.disclosure_id, pages=letter.pages)
    return following


def _render_or_report(
    disclosure: Disclosure, letterhead: Letterhead, prover: Prover, claim: Claim
) -> SignedLetter | None:
    """Return the letter of a claim, or None after a report of its failure to disclosure."""
    request_log = log.bind(disclosure_id=claim.disclosure_id)
    try:
        # First, since nothing needs to be rendered while the certificate is not valid.
        prover.signer.require_valid()
        return _render_claim(claim, letterhead, prover)
    except (SigningUnavailable, TimeStampUnavailable) as error:
        code = error.code
        request_log.error("signing.unavailable", code=code, reason=str(error))
        retry_while_unavailable(lambda: disclosure.report_failure(claim, code, retriable=True))
    # disclosure must learn of every failure. Its message is not logged: it may quote the record.
    except Exception as error:  # noqa: BLE001
        code = str(getattr(error, "code", "rendering-failed"))
        request_log.warning("rendering.failed", reason=type(error).__name__)
        retriable = not isinstance(error, NOT_RETRIABLE)
        retry_while_unavailable(lambda: disclosure.report_failure(claim, code, retriable=retriable))
    return None


def _render_claim(claim: Claim, letterhead: Letterhead, prover: Prover) -> SignedLetter:
    check_size(claim.statement, is_bilingual=claim.letter.get("language") == LANGUAGE)
    try:
        qr_text = prover.build_qr_text(claim.letter, claim.statement)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise LetterInputInvalid("داده‌های نامه درست نیست / the letter's input is invalid") from error
    with RENDER_SECONDS.time(), tracing.span("render", "internal"):
        place = prover.signer.build_place(qr_text)
        letter = render_letter(claim.letter, claim.statement, letterhead, qr_text, place)
    with SIGN_SECONDS.time(), tracing.span("sign", "internal"):
        try:
            return prover.sign_letter(letter.pdf, letter.pages)
        except SoftTimeLimitExceeded:
            # Signing itself takes milliseconds: what it called hangs.
            raise prover.signer.build_timeout() from None


def check_size(statement: Mapping[str, Any], *, is_bilingual: bool = False) -> None:
    """Raise StatementTooLarge for more rows, years or workshops than the letter's limits."""
    tables = statement["tables"].values()
    workshops = [workshop for table in tables for workshop in table.get("workshops", ())]
    years = [len(part["years"]) for part in (*tables, *workshops) if "years" in part]
    rows = max((len(table.get("rows", ())) for table in tables), default=0)
    if (
        rows > MAX_WAGE_ROWS
        or (is_bilingual and rows + ROWS_OF_YEAR * sum(years) > MAX_BILINGUAL_ROWS)
        or max(years, default=0) > MAX_YEARS
        or len(workshops) > MAX_WORKSHOPS
        or sum(len(workshop["years"]) for workshop in workshops) > MAX_WORKSHOP_YEARS
    ):
        raise StatementTooLarge


def retry_while_unavailable(call: Callable[[], Value]) -> Value:
    """Return the result of a call, retried a few times. Raises Unavailable if the last retry fails too."""
    for delay in RETRY_DELAYS:
        try:
            return call()
        except Unavailable:
            time.sleep(delay * random.uniform(0.5, 1.5))  # noqa: S311 -- jitter
    return call()
