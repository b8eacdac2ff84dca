"""`govah letter`: the checks of `govah-verify`, by default with the public keys of this machine's system."""

import sys
from pathlib import Path

import click

from govah.cli.options import data_dir_option
from govah.local.data_directory import letter_trust_file, read_accounts
from govah_verify.command import ask_person, compare_option, json_option, open_trust, public_url_option
from govah_verify.report import CANNOT_TELL, report_file, report_qr
from govah_verify.trust import Trust

trust_option = click.option(
    "--trust",
    "trust_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The organisation's public keys, PEM; without it those of the data directory.",
)


@click.group("letter")
def check_letter() -> None:
    """Check a letter offline: exit status 0 genuine, 1 not genuine, 2 cannot tell."""


@check_letter.command()
@click.argument("file", type=click.Path(path_type=Path))
@trust_option
@data_dir_option
@compare_option
@json_option
def verify(file: Path, trust_file: Path | None, data_dir: Path, *, compare: bool, as_json: bool) -> None:
    """Check the PDF of a letter: its signature, all of its bytes, its statement.

    A scan or photo (PDF, PNG, JPEG) cannot be proved: what its QR code states is printed.
    """
    try:
        trust = _open_trust(trust_file, data_dir)
        status = report_file(file, trust, as_json=as_json, person=ask_person() if compare else "")
    except click.ClickException as error:
        status = _report_failure(error)
    sys.exit(status)


@check_letter.command("verify-qr")
@click.argument("text")
@trust_option
@data_dir_option
@public_url_option
@compare_option
@json_option
def verify_qr_text(
    text: str,
    trust_file: Path | None,
    data_dir: Path,
    public_urls: tuple[str, ...],
    *,
    compare: bool,
    as_json: bool,
) -> None:
    """Check the text of a letter's QR code, the whole address or what follows its #."""
    # The data directory of a system that runs on this machine names its address.
    own = read_accounts(data_dir).get("base_url") if trust_file is None else None
    try:
        trust = _open_trust(trust_file, data_dir).add_public_urls((*public_urls, *([own] if own else [])))
        status = report_qr(text, trust, as_json=as_json, person=ask_person() if compare else "")
    except click.ClickException as error:
        status = _report_failure(error)
    sys.exit(status)


def _open_trust(trust_file: Path | None, data_dir: Path) -> Trust:
    return open_trust(trust_file or letter_trust_file(data_dir))


def _report_failure(error: click.ClickException) -> int:
    click.echo(f"govah: {error.format_message()}", err=True)
    return CANNOT_TELL
