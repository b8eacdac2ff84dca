"""Checks a file or a QR text and prints the result, for people or as JSON.

Called by `command` and by `govah letter`.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import click
from persiantools.jdatetime import MONTH_NAMES_FA, JalaliDate

from govah_verify.comparison import MESSAGES as COMPARISONS
from govah_verify.comparison import Comparison, compare_person
from govah_verify.examination import Result
from govah_verify.letter_token import LetterClaims
from govah_verify.letters import NotProved, ProvedLetter, verify_file, verify_qr
from govah_verify.paper_messages import MESSAGES
from govah_verify.papers import Finding, read_papers
from govah_verify.texts import Text
from govah_verify.trust import Trust
from govah_verify.validation import StampStatus, TimeStamp

# Bytes; the limit of inquiry's POST /letters/check too.
LARGEST_FILE = 20 * 1024**2
# Exit statuses.
GENUINE, NOT_GENUINE, CANNOT_TELL = 0, 1, 2

_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def report_file(file: Path, trust: Trust, *, as_json: bool, person: str = "") -> int:
    """Return the exit status for a letter's PDF, scan or photo, and print what it proves.

    `person` is a typed name or number to compare with the QR code. Raises click.ClickException if the file
    cannot be read or has more than `LARGEST_FILE` bytes.
    """
    data = _read_file(file)
    try:
        letter = verify_file(data, trust)
    except NotProved as error:
        return _report_copy(data, trust, error, as_json=as_json, person=person)
    details = _describe_signature(letter, as_json=as_json)
    return _report_claims(letter.claims, details, as_json=as_json, person=person)


def report_qr(text: str, trust: Trust, *, as_json: bool, person: str = "") -> int:
    """Return the exit status for the text of a QR code, and print what it proves."""
    try:
        claims = verify_qr(text, trust)
    except NotProved as error:
        return _print_reason(error.result, error.reason, {}, as_json=as_json)
    return _report_claims(claims, {}, as_json=as_json, person=person)


def _report_copy(data: bytes, trust: Trust, error: NotProved, *, as_json: bool, person: str) -> int:
    """Return the exit status for a file that is not proved: it may be the copy of a letter."""
    if error.result == Result.ALTERED:
        return _print_reason(error.result, error.reason, {}, as_json=as_json)
    reading = read_papers(data, trust, error.traces)
    if reading.finding == Finding.NOTHING:
        return _print_reason(error.result, error.reason, {}, as_json=as_json)
    details: dict[str, object] = {"finding": reading.finding}
    comparison: Comparison | None = None
    if paper := next(iter(reading.papers), None):
        details |= describe_claims(paper.claims)
        if person:
            details["comparison"] = comparison = compare_person(paper.claims, person)
    result = error.result if reading.finding == Finding.NOT_OPENED else Result.CANNOT_TELL
    status = _print_reason(result, MESSAGES[reading.finding], details, as_json=as_json)
    return NOT_GENUINE if comparison == Comparison.DIFFERS else status


def _read_file(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise click.ClickException(f"فایل خوانده نمی‌شود / cannot read the file: {error.strerror}") from error
    if len(data) > LARGEST_FILE:
        raise click.ClickException("فایل بزرگ‌تر از ۲۰ مبی‌بایت است / the file is larger than 20 MiB")
    return data


def _print_reason(result: Result, reason: Text, details: Mapping[str, object], *, as_json: bool) -> int:
    """Return the exit status, and print why a file or text is not genuine or undecided."""
    is_undecided = result == Result.CANNOT_TELL
    if as_json:
        document = {"genuine": False, "result": result, "fa": reason.fa, "en": reason.en, **details}
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        titles = ("نمی‌توان گفت", "Cannot tell") if is_undecided else ("اصیل نیست", "Not genuine")
        click.echo(f"{titles[0]}: {reason.fa}\n{titles[1]}: {reason.en}")
        _print_details(details)
    return CANNOT_TELL if is_undecided else NOT_GENUINE


def _report_claims(claims: LetterClaims, details: Mapping[str, object], *, as_json: bool, person: str) -> int:
    """Return the exit status of a genuine letter or QR code, and print what it claims."""
    comparison = compare_person(claims, person) if person else None
    document = {**describe_claims(claims), **details}
    if comparison:
        document["comparison"] = comparison
    if as_json:
        click.echo(json.dumps({"genuine": True, "result": Result.GENUINE, **document}, ensure_ascii=False))
    else:
        click.echo(
            f"اصیل است: نامه شماره {claims.serial}، صادرشده در {_format_persian_date(claims.issued_on)}.\n"
            "به‌روز بودن آن را در صفحه نامه یا «اصالت‌سنجی نامه» ببینید.\n"
            "Genuine. Its public page shows whether it is still current."
        )
        _print_details(document)
    if comparison in (None, Comparison.FITS):
        return GENUINE
    return NOT_GENUINE if comparison == Comparison.DIFFERS else CANNOT_TELL


def describe_claims(claims: LetterClaims) -> dict[str, object]:
    """Return what a token states, for programs; a token of version 1 states nothing about a person."""
    person = claims.person
    details: dict[str, object] = {
        "serial": claims.serial,
        "issued_on": f"{claims.issued_on}",
        "issued_on_jalali": f"{_to_jalali(claims.issued_on)}",
        "total_days": claims.total_days,
    }
    if person:
        details |= {
            "initials": person.initials,
            "birth_year": person.birth_year,
            "first_month_jalali": person.first_month,
            "last_month_jalali": person.last_month,
        }
    return details


def _print_details(details: Mapping[str, object]) -> None:
    for name, value in details.items():
        if name == "comparison":
            text = COMPARISONS[Comparison(str(value))]
            click.echo(f"  {name}: {value}\n    {text.fa}\n    {text.en}")
        else:
            click.echo(f"  {name}: {value}")


def _describe_signature(letter: ProvedLetter, *, as_json: bool) -> dict[str, object]:
    stamp = letter.time_stamp
    return {
        "signed_at": _format_time(letter.signed_at),
        "signer": letter.signer,
        "has_time_stamp": stamp.status == StampStatus.VALID,
        "time_stamp": _describe_stamp(stamp) if as_json else _format_stamp(stamp),
    }


def _describe_stamp(stamp: TimeStamp) -> dict[str, object]:
    at = _format_time(stamp.at) if stamp.at else None
    return {"status": stamp.status, "by": stamp.by, "at": at}


def _format_stamp(stamp: TimeStamp) -> str:
    if stamp.status == StampStatus.NONE:
        return "ندارد / none"
    if stamp.status == StampStatus.VALID and stamp.at:
        return f"معتبر / valid: {_format_time(stamp.at)}, {stamp.by}"
    return "بی‌اعتبار / invalid: its authority is not in the file of public keys"


def _format_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _to_jalali(day: date) -> JalaliDate:
    return JalaliDate(day)  # type: ignore[no-untyped-call]


def _format_persian_date(day: date) -> str:
    """Return a day as people read it: «۱۵ مهر ۱۴۰۳»."""
    jalali = _to_jalali(day)
    return f"{jalali.day} {MONTH_NAMES_FA[jalali.month]} {jalali.year}".translate(_PERSIAN_DIGITS)
