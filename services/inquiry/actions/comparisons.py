"""Comparisons of what is printed on a letter with its QR code. Called by the routes under /letters."""

from sqlalchemy.orm import Session

from govah_verify.comparison import Comparison, compare_person
from govah_verify.letters import NotProved, clean_qr_text, verify_qr
from govah_verify.traces import Paper
from govah_verify.trust import Trust
from services.inquiry.actions.limits import reserve_comparison
from services.inquiry.actions.peppers import Peppers
from services.inquiry.errors import QrCodeInvalid
from services.inquiry.models import FailedAttempt, Letter
from services.kit.attempts import cancel_attempt
from services.kit.problems import Text

OTHER_LETTER = Text(
    "این رمزینه از نامه دیگری است: شماره سریال آن با شماره سریال این نامه یکی نیست. اگر هر دو روی یک کاغذ "
    "است، آن را نپذیرید و فایل اصلی را از متقاضی بخواهید.",
    "This QR code is of another letter: its serial number is not this letter's. If both are on one paper, "
    "do not accept it, and ask the applicant for the original file.",
)


def read_qr_text(text: str, letter: Letter, trust: Trust | None) -> Paper:
    """Return the genuine token in the text of a letter's QR code. Raises QrCodeInvalid."""
    try:
        claims = verify_qr(text, trust or Trust((), ()))
    except NotProved as error:
        raise QrCodeInvalid(error.reason.fa, error.reason.en) from None
    if claims.serial != letter.serial:
        raise QrCodeInvalid(OTHER_LETTER.fa, OTHER_LETTER.en)
    return Paper(clean_qr_text(text).rpartition("#")[2], claims)


def compare_typed(session: Session, peppers: Peppers, paper: Paper, typed: str, address: str) -> Comparison:
    """Return whether a typed name or number fits a QR code; one that differs counts as a failed attempt.

    Raises TooManyAttempts, Busy.
    """
    attempt = reserve_comparison(session, peppers, paper.claims.serial, address)
    comparison = compare_person(paper.claims, typed)
    if comparison != Comparison.DIFFERS:
        cancel_attempt(session, FailedAttempt, attempt)
    return comparison
