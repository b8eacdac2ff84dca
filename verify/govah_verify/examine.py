"""What a file is by its own bytes: a letter of ours, whole or altered, not ours, or nothing that can be told.

Neither whether a letter was superseded or revoked since can be seen from it, nor whether its bytes are those
that were issued: the register of inquiry knows both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial

from govah_verify import cms
from govah_verify.border import attempt
from govah_verify.judge import BAD_STAMP, NO_STAMP, StampStatus, TimeStamp, judge, judge_stamp
from govah_verify.letter_token import LetterClaims
from govah_verify.marks import find_marks
from govah_verify.signed_file import (
    NotSigned,
    NotWhole,
    Place,
    SignedFile,
    find_places,
    read_dictionary,
    read_message,
    read_signed,
    read_time,
)
from govah_verify.trust import Purpose, Trust


class Result(StrEnum):
    """What a file is. `genuine` says by itself nothing of what became of the letter since."""

    GENUINE = "genuine"
    ALTERED = "altered"
    CANNOT_TELL = "cannot-tell"
    NOT_OURS = "not-ours"


class Cause(StrEnum):
    """What is wrong with a file's signature, or nothing."""

    HOLDS = "holds"
    NOT_SIGNED = "not-signed"
    NOT_WHOLE = "not-whole"
    MALFORMED = "malformed"
    CHANGED = "changed"
    NOT_TRUSTED = "not-trusted"
    SIGNER_UNKNOWN = "signer-unknown"
    STAMP_WRONG = "stamp-wrong"
    STAMP_NOT_TRUSTED = "stamp-not-trusted"
    SIGNED_LATE = "signed-late"


@dataclass(frozen=True)
class Examination:
    """What a file is and why.

    `signed` is there if it is whole, `claims` are of the signed tokens in a file that is not, and
    `is_made_from_ours` says that it holds something that only we can have signed.
    """

    result: Result
    cause: Cause
    signed: SignedFile | None = None
    time_stamp: TimeStamp = NO_STAMP
    claims: Sequence[LetterClaims] = ()
    is_made_from_ours: bool = False


def examine(data: bytes, trust: Trust) -> Examination:
    """Return what a file is, whatever its bytes are: nothing is raised."""
    signed, cause = _read(data)
    stamp = NO_STAMP
    if signed is not None:
        cause, stamp = _judge(signed, trust)
        if cause == Cause.HOLDS:
            return Examination(Result.GENUINE, cause, signed, stamp, is_made_from_ours=True)
        if cause in (Cause.STAMP_NOT_TRUSTED, Cause.SIGNED_LATE):
            return Examination(Result.CANNOT_TELL, cause, signed, stamp, is_made_from_ours=True)
    elif _has_room_for_stamp(data):
        stamp = BAD_STAMP
    marks = find_marks(data, trust)
    is_made_from_ours = bool(marks.claims) or cause == Cause.STAMP_WRONG or _is_signed_by_us(data, trust)
    # A signer of whom an old trust file does not know yet may well be ours.
    if is_made_from_ours and cause != Cause.SIGNER_UNKNOWN:
        result = Result.ALTERED
    elif is_made_from_ours or marks.has_trace:
        result = Result.CANNOT_TELL
    else:
        result = Result.NOT_OURS
    return Examination(result, cause, None, stamp, marks.claims, is_made_from_ours)


def read_stamp(data: bytes, trust: Trust | None) -> TimeStamp:
    """Return what the time stamp of a letter's file is worth. Nothing is raised, whatever the bytes are."""
    signed, _ = _read(data)
    if signed is None or signed.signature.time_stamp is None:
        return NO_STAMP
    return judge_stamp(signed.message, trust, signed.signed_at) if trust else BAD_STAMP


def _read(data: bytes) -> tuple[SignedFile | None, Cause]:
    broken: tuple[SignedFile | None, Cause] = (None, Cause.MALFORMED)
    return attempt(lambda: _read_strictly(data), broken)


def _read_strictly(data: bytes) -> tuple[SignedFile | None, Cause]:
    try:
        return read_signed(data), Cause.HOLDS
    except NotSigned:
        return None, Cause.NOT_SIGNED
    except NotWhole:
        return None, Cause.NOT_WHOLE
    except cms.SignatureChanged:
        return None, Cause.CHANGED


def _judge(signed: SignedFile, trust: Trust) -> tuple[Cause, TimeStamp]:
    """Return what is wrong with a signature whose bytes are laid out well, and what its stamp is worth."""
    judgement = judge(signed.message, signed.digest, trust, signed.signed_at)
    stamp = judge_stamp(signed.message, trust, signed.signed_at)
    cause = Cause.HOLDS
    if not (judgement.is_valid and judgement.is_intact):
        cause = Cause.CHANGED
    elif not judgement.is_trusted:
        cause = Cause.SIGNER_UNKNOWN if judgement.is_signer_unknown else Cause.NOT_TRUSTED
    elif not attempt(lambda: _is_chain(signed), otherwise=False):
        cause = Cause.CHANGED
    elif not stamp.is_sound:
        cause = Cause.STAMP_WRONG
    elif stamp.at and stamp.at > signed.signature.certificates[0].not_valid_after_utc:
        cause = Cause.SIGNED_LATE
    # A trust file that names no time stamp authority says nothing of time stamps.
    elif stamp.status == StampStatus.NOT_VALID and trust.named_for(Purpose.TIME_STAMPS):
        cause = Cause.STAMP_NOT_TRUSTED
    return cause, stamp


def _is_chain(signed: SignedFile) -> bool:
    """Return whether each certificate has issued another one here: one more would be room for anything.

    Raises what cryptography raises for a signature that does not hold and for odd keys.
    """
    issued, *others = signed.signature.certificates
    while others:
        issuer = next((one for one in others if one.subject == issued.issuer), None)
        if issuer is None:
            return False
        issued.verify_directly_issued_by(issuer)
        others.remove(issuer)
        issued = issuer
    return True


def _is_signed_by_us(data: bytes, trust: Trust) -> bool:
    """Return whether a signature of ours over whatever bytes stands in a file."""
    return any(attempt(partial(_is_ours, data, place, trust), otherwise=False) for place in find_places(data))


def _is_ours(data: bytes, place: Place, trust: Trust) -> bool:
    moment = read_time(read_dictionary(data, place)) or datetime.now(UTC)
    judgement = judge(read_message(data, place), b"", trust, moment)
    return judgement.is_valid and judgement.is_trusted


def _has_room_for_stamp(data: bytes) -> bool:
    return any(place.end - place.start - 2 == cms.ROOM_WITH_STAMP for place in find_places(data))
