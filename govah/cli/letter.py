"""`govah letter`: is this letter the organisation's own? Offline, for anybody who has its public keys."""

import json
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import NoReturn, TypeVar

import click

from govah.cli.options import data_dir_option
from govah.local.data_directory import letter_trust_file, read_accounts
from govah_verify.examine import Result
from govah_verify.judge import StampStatus, TimeStamp
from govah_verify.letter_token import LetterClaims
from govah_verify.letters import NotProved, verify_file, verify_qr
from govah_verify.trust import Trust, TrustUnusable, load_trust
from services.kit.jalali import date_words, format_jalali_date

# Bytes; as the service takes them.
LONGEST_FILE = 20 * 1024**2
GENUINE, NOT_GENUINE, CANNOT_TELL = 0, 1, 2

Answer = TypeVar("Answer")

trust_option = click.option(
    "--trust",
    "trust_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The organisation's public keys, PEM; without it those of the data directory.",
)
public_url_option = click.option(
    "--public-url",
    "public_urls",
    multiple=True,
    envvar="GOVAH_PUBLIC_URL",
    metavar="URL",
    help="The organisation's public address, beside those that the file of public keys names.",
)
json_option = click.option("--json", "json_wanted", is_flag=True, help="Tell it in JSON.")


@click.group()
def letter() -> None:
    """Check a letter offline: exit status 0 genuine, 1 not, 2 cannot tell."""


@letter.command()
@click.argument("file", type=click.Path(path_type=Path))
@trust_option
@data_dir_option
@json_option
def verify(file: Path, trust_file: Path | None, data_dir: Path, *, json_wanted: bool) -> None:
    """Check the PDF of a letter: its signature, all of its bytes, its statement."""
    trust = _trust(trust_file, data_dir)
    try:
        with file.open("rb") as opened:
            data = opened.read(LONGEST_FILE + 1)
    except OSError as error:
        _cannot_tell(f"پرونده خوانده نمی‌شود / cannot read the file: {error.strerror}")
    if len(data) > LONGEST_FILE:
        _cannot_tell("پرونده بزرگ‌تر از ۲۰ مبی‌بایت است / the file is larger than 20 MiB")
    proved = _proved(lambda: verify_file(data, trust), json_wanted=json_wanted)
    stamp = proved.time_stamp
    more = {
        "signed_at": _format_time(proved.signed_at),
        "signer": proved.signer,
        "has_time_stamp": stamp.status == StampStatus.VALID,
        "time_stamp": _describe_stamp(stamp) if json_wanted else _word_stamp(stamp),
    }
    _tell(proved.claims, more, json_wanted=json_wanted)


@letter.command("verify-qr")
@click.argument("text")
@trust_option
@data_dir_option
@public_url_option
@json_option
def verify_qr_text(
    text: str, trust_file: Path | None, data_dir: Path, public_urls: tuple[str, ...], *, json_wanted: bool
) -> None:
    """Check the text of a letter's QR code, the whole address or what follows its #."""
    # A running system of one's own says itself where it is.
    own = read_accounts(data_dir).get("base_url") if trust_file is None else None
    trust = _trust(trust_file, data_dir).at((*public_urls, *([own] if own else [])))
    _tell(_proved(lambda: verify_qr(text, trust), json_wanted=json_wanted), {}, json_wanted=json_wanted)


def _trust(trust_file: Path | None, data_dir: Path) -> Trust:
    try:
        return load_trust(trust_file or letter_trust_file(data_dir))
    except TrustUnusable as error:
        _cannot_tell(str(error))


def _proved(check: Callable[[], Answer], *, json_wanted: bool) -> Answer:
    try:
        return check()
    except NotProved as error:
        words, result = error.reason, error.result
    is_open = result == Result.CANNOT_TELL
    if json_wanted:
        told = {"genuine": False, "result": result, "fa": words.fa, "en": words.en}
        click.echo(json.dumps(told, ensure_ascii=False))
    elif is_open:
        click.echo(f"نمی‌توان گفت: {words.fa}\nCannot tell: {words.en}")
    else:
        click.echo(f"اصیل نیست: {words.fa}\nNot genuine: {words.en}")
    sys.exit(CANNOT_TELL if is_open else NOT_GENUINE)


def _tell(claims: LetterClaims, more: Mapping[str, object], *, json_wanted: bool) -> None:
    told = {
        "serial": claims.serial,
        "issued_on": f"{claims.issued_on}",
        "issued_on_jalali": format_jalali_date(claims.issued_on),
        "total_days": claims.total_days,
        **more,
    }
    if json_wanted:
        click.echo(json.dumps({"genuine": True, "result": Result.GENUINE, **told}, ensure_ascii=False))
        return
    click.echo(
        f"اصیل است: نامه شماره {claims.serial}، صادرشده در {date_words(claims.issued_on)}.\n"
        "به‌روز بودن آن را در صفحه نامه یا «اصالت‌سنجی نامه» ببینید.\n"
        "Genuine. Whether it is still current, its public page tells."
    )
    for name, value in told.items():
        click.echo(f"  {name}: {value}")


def _describe_stamp(stamp: TimeStamp) -> dict[str, object]:
    at = _format_time(stamp.at) if stamp.at else None
    return {"status": stamp.status, "by": stamp.by, "at": at}


def _word_stamp(stamp: TimeStamp) -> str:
    if stamp.status == StampStatus.NONE:
        return "ندارد / none"
    if stamp.status == StampStatus.VALID and stamp.at:
        return f"معتبر / valid: {_format_time(stamp.at)}, {stamp.by}"
    return "بی‌اعتبار / not valid: by no authority that the file of public keys names"


def _format_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _cannot_tell(reason: str) -> NoReturn:
    click.echo(f"govah: {reason}", err=True)
    sys.exit(CANNOT_TELL)
