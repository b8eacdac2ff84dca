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

from services.kit import logging
from services.kit.problems import Unavailable
from services.pdfworker.clients import Claim, Disclosure
from services.pdfworker.errors import AttemptStale, StatementTooLarge
from services.pdfworker.letter.page import Look
from services.pdfworker.letter.render import LetterResourceDenied, RenderedLetter, render_letter
from services.pdfworker.letter.statement import MAX_WAGE_ROWS, MAX_YEARS, LetterInputInvalid

RENDER_TASK = "letters.render"
# Seconds to wait for disclosure between tries, all of them well inside the soft time limit.
WAITS = (0.2, 0.5, 1.0, 2.0, 4.0)
# No other attempt will fare better with these.
HOPELESS = (StatementTooLarge, LetterInputInvalid, LetterResourceDenied)

Answer = TypeVar("Answer")
log = structlog.get_logger()


def register(app: Celery, disclosure: Disclosure, look: Look) -> None:
    """Put the task on a Celery app."""

    @app.task(name=RENDER_TASK, bind=True)
    def render(task: Any, disclosure_request_id: str) -> None:
        logging.bind_request_id(logging.accept_request_id(task.request.get("request_id")))
        render_request(disclosure, look, disclosure_request_id)


def render_request(disclosure: Disclosure, look: Look, request_id: str) -> None:
    """Take one request from its claim to its letter; a request that is not free is dropped."""
    log_of_request = log.bind(disclosure_request_id=request_id)
    try:
        claim = patiently(lambda: disclosure.claim(request_id))
        if claim is None:
            log_of_request.info("request.not-free")
            return
        _answer(disclosure, look, claim)
    except AttemptStale:
        log_of_request.info("attempt.stale")
    except (Unavailable, SoftTimeLimitExceeded) as error:
        log_of_request.warning("request.left", reason=type(error).__name__)


def _answer(disclosure: Disclosure, look: Look, claim: Claim) -> None:
    try:
        letter = _render(claim, look)
    # Every reason must reach disclosure, and no message: it may quote the record.
    except Exception as error:  # noqa: BLE001
        code = str(getattr(error, "code", "rendering-failed"))
        log.warning("rendering.failed", disclosure_request_id=claim.request_id, reason=type(error).__name__)
        retriable = not isinstance(error, HOPELESS)
        patiently(lambda: disclosure.give_up(claim, code, retriable=retriable))
    else:
        patiently(lambda: disclosure.post(claim, letter))
        log.info("letter.posted", disclosure_request_id=claim.request_id, pages=letter.pages)


def _render(claim: Claim, look: Look) -> RenderedLetter:
    check_size(claim.statement)
    public_page = f"{look.public_url}/l/{claim.letter['serial']}"
    return render_letter(claim.letter, claim.statement, look, public_page)


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
