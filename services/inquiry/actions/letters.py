"""The register of all letters, which answers QR codes and uploads. Fed by disclosure and by each permit."""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import structlog
from sqlalchemy.orm import Session

from govah_verify.check_digit import is_checked
from govah_verify.examine import Examination, Result, examine, read_stamp
from govah_verify.judge import NO_STAMP, TimeStamp
from govah_verify.trust import Trust
from services.inquiry import store
from services.inquiry.actions.serials import serials_in
from services.inquiry.actions.verdicts import Reason, reason_for_change
from services.inquiry.models import Letter, LetterState
from services.kit.feed import Event
from services.kit.problems import NotFound
from services.kit.text import NotDigits, normalise_code

log = structlog.get_logger()


class CheckResult(StrEnum):
    GENUINE = "genuine"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    ALTERED = "altered"
    CANNOT_TELL = "cannot-tell"
    NOT_OURS = "not-ours"


class Check(NamedTuple):
    """What a file is, why, whose of our letters' serial number it bears if any, and its time stamp."""

    result: CheckResult
    reason: Reason
    letter: Letter | None
    time_stamp: TimeStamp = NO_STAMP


_BY_STATE = {
    LetterState.VALID: (CheckResult.GENUINE, Reason.AS_ISSUED),
    LetterState.SUPERSEDED: (CheckResult.SUPERSEDED, Reason.SUPERSEDED),
    LetterState.REVOKED: (CheckResult.REVOKED, Reason.REVOKED),
}


def find_letter(session: Session, serial: str) -> Letter:
    """Return the register's line of a serial number as people type it. Raises NotFound."""
    try:
        number = normalise_code(serial)
    except NotDigits as error:
        raise NotFound from error
    letter = session.get(Letter, number) if is_checked(number) else None
    if letter is None:
        raise NotFound
    return letter


def check_file(session: Session, data: bytes, trust: Trust | None = None) -> Check:
    """Return what a file is: byte for byte one of ours, made from one, unreadable traces of one, or neither.

    In transactions of its own: to search a stranger's file takes a while, in which nobody else is to wait.
    Without public keys no signature is known as ours. Whatever the bytes are, nothing is raised for them.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    with session.begin():
        letter = store.letter_by_sha256(session, sha256)
    if letter:
        return Check(*_BY_STATE[letter.state], letter, read_stamp(data, trust))
    examined = examine(data, trust or Trust((), ()))
    signed = {one.serial for one in examined.claims}
    serials = serials_in(data)
    with session.begin():
        letter = store.first_known_letter(session, signed) or store.first_known_letter(session, serials)
    return Check(*_judge(examined, letter), letter, examined.time_stamp)


def _judge(examined: Examination, letter: Letter | None) -> tuple[CheckResult, Reason]:
    """Return what a file is that is not byte for byte one of the register's, and why."""
    if examined.result == Result.GENUINE and letter is None:
        return CheckResult.CANNOT_TELL, Reason.NOT_REGISTERED
    if examined.is_made_from_ours and (letter or examined.result != Result.CANNOT_TELL):
        return CheckResult.ALTERED, reason_for_change(examined.cause)
    if letter or examined.result != Result.NOT_OURS:
        return CheckResult.CANNOT_TELL, Reason.SIGNATURE_MISSING
    return CheckResult.NOT_OURS, Reason.NO_SERIAL


def on_letter_ready(session: Session, event: Event) -> None:
    """Enter a letter that disclosure has made."""
    issued_at = datetime.fromisoformat(event.data["issued_at"])
    store.put_letter(session, event.data["serial"], event.data["sha256"], issued_at)


def on_letter_superseded(session: Session, event: Event) -> None:
    """Mark a letter that a newer one or a changed record has overtaken."""
    if letter := _told(session, event):
        letter.superseded_at = event.occurred_at


def on_letter_revoked(session: Session, event: Event) -> None:
    """Mark a letter that was issued in error."""
    if letter := _told(session, event):
        letter.revoked_at = event.occurred_at


def _told(session: Session, event: Event) -> Letter | None:
    letter = session.get(Letter, event.data["serial"])
    if letter is None:
        log.error("letter.unknown", type=event.type, number=event.number)
    return letter
