"""The examination of a file: our letter, unchanged or altered, not ours, or undecidable.

The file does not show whether a letter was superseded or revoked since, nor whether its bytes are the issued
ones. The register of inquiry knows both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial

from govah_verify import cms
from govah_verify.guard import run_guarded
from govah_verify.signed_file import (
    ByteRange,
    NotSigned,
    NotWhole,
    SignedFile,
    find_byte_ranges,
    has_letter_layout,
    read_message,
    read_signature_dictionary,
    read_signed_file,
    read_signing_time,
)
from govah_verify.traces import Paper, find_traces
from govah_verify.trust import Purpose, Trust
from govah_verify.validation import (
    INVALID_STAMP,
    NO_STAMP,
    StampStatus,
    TimeStamp,
    validate_signature,
    validate_time_stamp,
)


class Result(StrEnum):
    """What a file is. A genuine letter may have been superseded or revoked since."""

    GENUINE = "genuine"
    ALTERED = "altered"
    CANNOT_TELL = "cannot-tell"
    NOT_OURS = "not-ours"


class Cause(StrEnum):
    """What is wrong with the signature of a file, or HOLDS for a valid one."""

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


_UNREADABLE = frozenset({Cause.NOT_SIGNED, Cause.NOT_WHOLE, Cause.MALFORMED})


@dataclass(frozen=True)
class Examination:
    """What a file is and why.

    A file whose signature is valid has `signed`. Any other has the `papers` of the signed tokens in it.
    `is_derived_from_letter`: the file holds something that only our keys can have signed. `is_saved_again`:
    and another program has written it, so that the signature says nothing.
    """

    result: Result
    cause: Cause
    signed: SignedFile | None = None
    time_stamp: TimeStamp = NO_STAMP
    papers: Sequence[Paper] = ()
    is_derived_from_letter: bool = False
    is_saved_again: bool = False


def examine_file(data: bytes, trust: Trust) -> Examination:
    """Return what a file is. No bytes make it raise."""
    signed, cause = _read_file(data)
    stamp = NO_STAMP
    if signed is not None:
        cause, stamp = _validate_file(signed, trust)
        if cause == Cause.HOLDS:
            return Examination(Result.GENUINE, cause, signed, stamp, is_derived_from_letter=True)
        if cause in (Cause.STAMP_NOT_TRUSTED, Cause.SIGNED_LATE):
            return Examination(Result.CANNOT_TELL, cause, signed, stamp, is_derived_from_letter=True)
    elif _has_space_for_stamp(data):
        stamp = INVALID_STAMP
    traces = find_traces(data, trust)
    is_derived = bool(traces.papers) or cause == Cause.STAMP_WRONG or _has_trusted_signature(data, trust)
    is_saved_again = is_derived and cause in _UNREADABLE and not has_letter_layout(data)
    # The signer may be our own, and the trust file too old to name it.
    if is_derived and cause != Cause.SIGNER_UNKNOWN and not is_saved_again:
        result = Result.ALTERED
    elif is_derived or traces.has_hint:
        result = Result.CANNOT_TELL
    else:
        result = Result.NOT_OURS
    return Examination(result, cause, None, stamp, traces.papers, is_derived, is_saved_again)


def examine_time_stamp(data: bytes, trust: Trust | None) -> TimeStamp:
    """Return the status of the time stamp in a letter's file. No bytes make it raise."""
    signed, _ = _read_file(data)
    if signed is None or signed.signature.time_stamp is None:
        return NO_STAMP
    return validate_time_stamp(signed.message, trust, signed.signed_at) if trust else INVALID_STAMP


def _read_file(data: bytes) -> tuple[SignedFile | None, Cause]:
    malformed: tuple[SignedFile | None, Cause] = (None, Cause.MALFORMED)
    return run_guarded(lambda: _read_strictly(data), malformed)


def _read_strictly(data: bytes) -> tuple[SignedFile | None, Cause]:
    try:
        return read_signed_file(data), Cause.HOLDS
    except NotSigned:
        return None, Cause.NOT_SIGNED
    except NotWhole:
        return None, Cause.NOT_WHOLE
    except cms.SignatureChanged:
        return None, Cause.CHANGED


def _validate_file(signed: SignedFile, trust: Trust) -> tuple[Cause, TimeStamp]:
    """Return what is wrong with a signature of the right layout, and the status of its time stamp."""
    status = validate_signature(signed.message, signed.digest, trust, signed.signed_at)
    stamp = validate_time_stamp(signed.message, trust, signed.signed_at)
    cause = Cause.HOLDS
    if not (status.is_valid and status.is_intact):
        cause = Cause.CHANGED
    elif not status.is_trusted:
        cause = Cause.SIGNER_UNKNOWN if status.is_signer_unknown else Cause.NOT_TRUSTED
    elif not run_guarded(lambda: _is_chain(signed), fallback=False):
        cause = Cause.CHANGED
    elif not stamp.is_sound:
        cause = Cause.STAMP_WRONG
    elif stamp.at and stamp.at > signed.signature.certificates[0].not_valid_after_utc:
        cause = Cause.SIGNED_LATE
    # A trust file without a time stamp authority makes no statement about time stamps.
    elif stamp.status == StampStatus.NOT_VALID and trust.select_for(Purpose.TIME_STAMPS):
        cause = Cause.STAMP_NOT_TRUSTED
    return cause, stamp


def _is_chain(signed: SignedFile) -> bool:
    """Return whether each certificate has issued another one of the signature.

    An unrelated certificate would give room for arbitrary bytes. Raises what cryptography raises for an
    invalid signature and for unusual keys.
    """
    issued, *others = signed.signature.certificates
    while others:
        issuer = next((other for other in others if other.subject == issued.issuer), None)
        if issuer is None:
            return False
        issued.verify_directly_issued_by(issuer)
        others.remove(issuer)
        issued = issuer
    return True


def _has_trusted_signature(data: bytes, trust: Trust) -> bool:
    """Return whether a file holds a signature by a trusted signer, over any document."""
    return any(
        run_guarded(partial(_is_trusted, data, byte_range, trust), fallback=False)
        for byte_range in find_byte_ranges(data)
    )


def _is_trusted(data: bytes, byte_range: ByteRange, trust: Trust) -> bool:
    moment = read_signing_time(read_signature_dictionary(data, byte_range)) or datetime.now(UTC)
    status = validate_signature(read_message(data, byte_range), b"", trust, moment)
    return status.is_valid and status.is_trusted


def _has_space_for_stamp(data: bytes) -> bool:
    return any(
        byte_range.reserved_digits == cms.RESERVED_DIGITS_WITH_STAMP for byte_range in find_byte_ranges(data)
    )
