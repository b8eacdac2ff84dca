"""`govah-verify`: checks offline whether a letter or the text of its QR code is genuine."""

import sys
from functools import partial
from pathlib import Path

import click

from govah_verify.answer_report import report_receipt, report_signed
from govah_verify.answers import verify_answer_or_letter, verify_receipt
from govah_verify.credential_report import open_key_set, report_credential
from govah_verify.report import CANNOT_TELL, report_file, report_qr
from govah_verify.trust import Trust, TrustUnusable, load_trust

trust_option = click.option(
    "--trust",
    "trust_file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The organisation's file of public keys, PEM.",
)
public_url_option = click.option(
    "--public-url",
    "public_urls",
    multiple=True,
    envvar="GOVAH_PUBLIC_URL",
    metavar="URL",
    help="A public address of the organisation, in addition to those in the file of public keys.",
)
compare_option = click.option(
    "--compare", is_flag=True, help="Ask for a name or national code, and compare it with the QR code."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
@click.version_option(package_name="govah-verify")
def verify() -> None:
    """Check letters of Govah offline: exit status 0 genuine, 1 not genuine, 2 cannot tell."""


@verify.command("letter")
@click.argument("file", type=click.Path(path_type=Path))
@trust_option
@compare_option
@json_option
def verify_letter(file: Path, trust_file: Path, *, compare: bool, as_json: bool) -> None:
    """Check the PDF of a letter: its signature, all its bytes, its statement.

    A scan or photo (PDF, PNG, JPEG) cannot be proved: what its QR code states is printed.
    """
    trust = open_trust(trust_file)
    sys.exit(report_file(file, trust, as_json=as_json, person=ask_person() if compare else ""))


@verify.command("qr")
@click.argument("text")
@trust_option
@public_url_option
@compare_option
@json_option
def verify_qr_text(
    text: str, trust_file: Path, public_urls: tuple[str, ...], *, compare: bool, as_json: bool
) -> None:
    """Check the text of a letter's QR code: the whole address, or the part after its #."""
    trust = open_trust(trust_file).add_public_urls(public_urls)
    sys.exit(report_qr(text, trust, as_json=as_json, person=ask_person() if compare else ""))


def ask_person() -> str:
    """Return the name or number that the user types: on a command line, other users could read it."""
    prompt = "کد ملی یا نام و نام خانوادگی روی نامه / national code or full name on the letter"
    return str(click.prompt(prompt, err=True)).strip()


@verify.command("credential")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--keys",
    "keys_file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The organisation's set of public keys, /.well-known/govah-keys.json.",
)
@public_url_option
@json_option
def verify_credential_file(
    file: Path, keys_file: Path, public_urls: tuple[str, ...], *, as_json: bool
) -> None:
    """Check a credential (SD-JWT VC) of a letter, whichever parts it shows."""
    sys.exit(report_credential(file, open_key_set(keys_file), public_urls, as_json=as_json))


keys_option = click.option(
    "--keys",
    "keys_file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The organisation's set of public keys, /.well-known/govah-keys.json.",
)


@verify.command("answer")
@click.argument("file", type=click.Path(path_type=Path))
@keys_option
@click.option("--audience", metavar="ID", help="The id of your institution, for which the answers were made.")
@public_url_option
@json_option
def verify_answer_file(
    file: Path, keys_file: Path, audience: str | None, public_urls: tuple[str, ...], *, as_json: bool
) -> None:
    """Check answers to an institution, or a letter that it has asked for (JWS)."""
    keys = open_key_set(keys_file)
    check = partial(verify_answer_or_letter, keys=keys, audience=audience, issuers=public_urls)
    sys.exit(report_signed(file, check, as_json=as_json))


@verify.command("receipt")
@click.argument("file", type=click.Path(path_type=Path))
@keys_option
@click.option(
    "--document",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file that was shown, to compare with the hash in the receipt.",
)
@public_url_option
@json_option
def verify_receipt_file(
    file: Path, keys_file: Path, document: Path | None, public_urls: tuple[str, ...], *, as_json: bool
) -> None:
    """Check the receipt of an inquiry, an answer or an approval (JWS)."""
    check = partial(verify_receipt, keys=open_key_set(keys_file), issuers=public_urls)
    sys.exit(report_receipt(file, check, document, as_json=as_json))


def open_trust(file: Path) -> Trust:
    """Return the trusted keys of a file. Raises click.ClickException if it cannot be used."""
    try:
        return load_trust(file)
    except TrustUnusable as error:
        raise click.ClickException(str(error)) from error


def main() -> None:
    """Run the command. An error ends with exit status 2, since it decides nothing."""
    try:
        verify(standalone_mode=False)
    except click.ClickException as error:
        click.echo(f"govah-verify: {error.format_message()}", err=True)
        sys.exit(CANNOT_TELL)
    except click.Abort:
        sys.exit(130)
