"""The register of all letters, which answers QR codes and uploads. Disclosure's feed and permits fill it."""

import hashlib
import re
import uuid
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import structlog
from sqlalchemy.orm import Session

from govah_verify.check_digit import has_valid_check_digit
from govah_verify.examination import Examination, Result, examine_file, examine_time_stamp
from govah_verify.papers import DECISIVE, Finding, PaperReading, read_papers
from govah_verify.traces import Paper
from govah_verify.trust import Trust
from govah_verify.validation import NO_STAMP, TimeStamp
from services.inquiry import store
from services.inquiry.actions.serials import find_serials
from services.inquiry.actions.verdicts import Reason, find_change_reason
from services.inquiry.models import Ending, Letter, LetterState
from services.kit.db import Sessions
from services.kit.endings import add_ending
from services.kit.feed import Event
from services.kit.problems import NotFound
from services.kit.text import NotDigits, normalise_code

# The compact serialisation of RFC 7515, of signed answers.
_JWS = re.compile(rb"[A-Za-z0-9_-]{1,1000}\.[A-Za-z0-9_-]{1,16000}\.[A-Za-z0-9_-]{1,1000}")

log = structlog.get_logger()


class CheckResult(StrEnum):
    GENUINE = "genuine"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    ENDED = "ended"
    ALTERED = "altered"
    CANNOT_TELL = "cannot-tell"
    NOT_OURS = "not-ours"


class Check(NamedTuple):
    """The result for a file, the reason, the registered letter whose serial it has, and its time stamp.

    `paper` is the genuine QR code of a scan, a photo or a saved copy.
    """

    result: CheckResult
    reason: Reason
    letter: Letter | None
    time_stamp: TimeStamp = NO_STAMP
    paper: Paper | None = None


_BY_STATE = {
    LetterState.VALID: (CheckResult.GENUINE, Reason.AS_ISSUED),
    LetterState.SUPERSEDED: (CheckResult.SUPERSEDED, Reason.SUPERSEDED),
    LetterState.REVOKED: (CheckResult.REVOKED, Reason.REVOKED),
    LetterState.ENDED: (CheckResult.ENDED, Reason.ENDED),
}


def find_letter(session: Session, serial: str) -> Letter:
    """Return the letter of a serial number as people type it. Raises NotFound."""
    try:
        number = normalise_code(serial)
    except NotDigits as error:
        raise NotFound from error
    letter = session.get(Letter, number) if has_valid_check_digit(number) else None
    if letter is None:
        raise NotFound
    return letter


def check_file(sessions: Sessions, data: bytes, trust: Trust | None = None) -> Check:
    """Return whether a file is byte for byte a registered letter, was made from one, or has traces of one.

    Takes Sessions, because searching an uploaded file takes seconds, during which no transaction may be open.
    Without public keys no signature and no QR code can be recognised. No content of a file makes it raise.
    """
    # A JWS that was stored as a text file may have got a line break.
    content = data.strip() if _JWS.fullmatch(data.strip()) else data
    sha256 = hashlib.sha256(content).hexdigest()
    with sessions.begin() as session:
        letter = store.find_letter_by_hash(session, sha256)
    if letter:
        return Check(*_BY_STATE[letter.state], letter, examine_time_stamp(data, trust))
    trust = trust or Trust((), ())
    examined = examine_file(data, trust)
    is_decided = examined.result in (Result.GENUINE, Result.ALTERED)
    reading = PaperReading(Finding.NOTHING) if is_decided else read_papers(data, trust, examined.papers)
    paper = next(iter(reading.papers), None)
    signed = {paper.claims.serial} if paper else {one.claims.serial for one in examined.papers}
    serials = find_serials(data)
    with sessions.begin() as session:
        letter = store.find_first_letter(session, signed)
        if letter is None and paper is None:
            letter = store.find_first_letter(session, serials)
    return Check(*_judge_file(examined, letter, reading), letter, examined.time_stamp, paper)


def _judge_file(
    examined: Examination, letter: Letter | None, reading: PaperReading
) -> tuple[CheckResult, Reason]:
    """Return the result and the reason for a file that is not byte for byte a registered letter."""
    if letter is None and (examined.result == Result.GENUINE or reading.papers):
        return CheckResult.CANNOT_TELL, Reason.NOT_REGISTERED
    is_changed = examined.is_derived_from_letter and not examined.is_saved_again
    if is_changed and (letter or examined.result != Result.CANNOT_TELL):
        return CheckResult.ALTERED, find_change_reason(examined.cause)
    if reading.finding in DECISIVE:
        return CheckResult.CANNOT_TELL, Reason(reading.finding)
    if letter or examined.result != Result.NOT_OURS:
        return CheckResult.CANNOT_TELL, Reason.SIGNATURE_MISSING
    if reading.finding == Finding.NOTHING:
        return CheckResult.NOT_OURS, Reason.NO_SERIAL
    is_without_trace = reading.finding == Finding.NOT_OPENED
    return CheckResult.NOT_OURS if is_without_trace else CheckResult.CANNOT_TELL, Reason(reading.finding)


def on_letter_ready(session: Session, event: Event) -> None:
    """Register a letter that disclosure has issued."""
    issued_at = datetime.fromisoformat(event.data["issued_at"])
    store.ensure_letter(session, event.data["serial"], event.data["sha256"], issued_at)


def on_letter_superseded(session: Session, event: Event) -> None:
    """Mark a letter that a newer one or a changed record has replaced."""
    if letter := _find_letter_of_event(session, event):
        letter.superseded_at = event.occurred_at
        add_ending(session, Ending, "letter.superseded", serial=letter.serial)


def on_answer_superseded(session: Session, event: Event) -> None:
    """Mark answers of which one would be another today.

    Answers whose approval failed were signed and never registered.
    """
    letter = session.get(Letter, event.data["serial"])
    if letter is not None and letter.superseded_at is None:
        letter.superseded_at = event.occurred_at
        add_ending(session, Ending, "letter.superseded", serial=letter.serial)


def register_answers(
    session: Session,
    serial: str,
    content: str,
    *,
    issued_at: datetime,
    ends_at: datetime,
    source_id: uuid.UUID,
) -> Letter:
    """Return the row of signed answers in the register; `source_id` is their consent or permit."""
    letter = store.ensure_letter(session, serial, hashlib.sha256(content.encode()).hexdigest(), issued_at)
    letter.consent_id, letter.ended_at = source_id, ends_at
    return letter


def on_letter_revoked(session: Session, event: Event) -> None:
    """Mark a letter that was issued in error, and delete what its permits open.

    A permit that is being issued meanwhile is found by the loop `sweeper`. It opens nothing until then.
    """
    if letter := _find_letter_of_event(session, event):
        end_letter(session, letter, event.occurred_at)
        add_ending(session, Ending, "letter.revoked", serial=letter.serial)


def end_letter(session: Session, letter: Letter, at: datetime) -> None:
    """Mark a letter as revoked, and delete what its permits open. Idempotent."""
    letter.revoked_at = letter.revoked_at or at
    for permit_id in store.list_permits_of_letter(session, letter.serial):
        store.delete_contents(session, permit_id)


def _find_letter_of_event(session: Session, event: Event) -> Letter | None:
    letter = session.get(Letter, event.data["serial"])
    if letter is None:
        log.error("letter.unknown", type=event.type, number=event.number)
    return letter
