"""Checks a file or a QR text and prints the result, for people or as JSON.

Called by `command` and by `govah letter`.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

import click
from persiantools.jdatetime import MONTH_NAMES_FA, JalaliDate

from govah_verify.examination import Result
from govah_verify.letter_token import LetterClaims
from govah_verify.letters import NotProved, ProvedLetter, verify_file, verify_qr
from govah_verify.trust import Trust
from govah_verify.validation import StampStatus, TimeStamp

# Bytes; the limit of inquiry's POST /letters/check too.
LARGEST_FILE = 20 * 1024**2
# Exit statuses.
GENUINE, NOT_GENUINE, CANNOT_TELL = 0, 1, 2

Proof = TypeVar("Proof")

_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def report_file(file: Path, trust: Trust, *, as_json: bool) -> int:
    """Return the exit status for a letter's PDF, and print what it proves.

    Raises click.ClickException if the file cannot be read or has more than `LARGEST_FILE` bytes.
    """
    data = _read_file(file)
    proved = _prove(lambda: verify_file(data, trust), as_json=as_json)
    if isinstance(proved, int):
        return proved
    _print_claims(proved.claims, _describe_signature(proved, as_json=as_json), as_json=as_json)
    return GENUINE


def report_qr(text: str, trust: Trust, *, as_json: bool) -> int:
    """Return the exit status for the text of a QR code, and print what it proves."""
    claims = _prove(lambda: verify_qr(text, trust), as_json=as_json)
    if isinstance(claims, int):
        return claims
    _print_claims(claims, {}, as_json=as_json)
    return GENUINE


def _read_file(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise click.ClickException(f"فایل خوانده نمی‌شود / cannot read the file: {error.strerror}") from error
    if len(data) > LARGEST_FILE:
        raise click.ClickException("فایل بزرگ‌تر از ۲۰ مبی‌بایت است / the file is larger than 20 MiB")
    return data


def _prove(check: Callable[[], Proof], *, as_json: bool) -> Proof | int:
    """Return what a check proves. If it proves nothing, print the reason and return the exit status."""
    try:
        return check()
    except NotProved as error:
        reason, result = error.reason, error.result
    is_undecided = result == Result.CANNOT_TELL
    if as_json:
        document = {"genuine": False, "result": result, "fa": reason.fa, "en": reason.en}
        click.echo(json.dumps(document, ensure_ascii=False))
    elif is_undecided:
        click.echo(f"نمی‌توان گفت: {reason.fa}\nCannot tell: {reason.en}")
    else:
        click.echo(f"اصیل نیست: {reason.fa}\nNot genuine: {reason.en}")
    return CANNOT_TELL if is_undecided else NOT_GENUINE


def _print_claims(claims: LetterClaims, details: Mapping[str, object], *, as_json: bool) -> None:
    document = {
        "serial": claims.serial,
        "issued_on": f"{claims.issued_on}",
        "issued_on_jalali": f"{_to_jalali(claims.issued_on)}",
        "total_days": claims.total_days,
        **details,
    }
    if as_json:
        click.echo(json.dumps({"genuine": True, "result": Result.GENUINE, **document}, ensure_ascii=False))
        return
    click.echo(
        f"اصیل است: نامه شماره {claims.serial}، صادرشده در {_format_persian_date(claims.issued_on)}.\n"
        "به‌روز بودن آن را در صفحه نامه یا «اصالت‌سنجی نامه» ببینید.\n"
        "Genuine. Its public page shows whether it is still current."
    )
    for name, value in document.items():
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
