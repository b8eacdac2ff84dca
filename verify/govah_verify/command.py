"""`govah-verify`: whether a letter or the text of its QR code is the organisation's own, checked offline."""

import sys
from pathlib import Path

import click

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
    help="The organisation's public address, beside those that the file of public keys names.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
@click.version_option(package_name="govah-verify")
def commands() -> None:
    """Check letters of Govah offline: exit status 0 genuine, 1 not genuine, 2 cannot tell."""


@commands.command()
@click.argument("file", type=click.Path(path_type=Path))
@trust_option
@json_option
def letter(file: Path, trust_file: Path, *, as_json: bool) -> None:
    """Check the PDF of a letter: its signature, all of its bytes, its statement."""
    sys.exit(report_file(file, open_trust(trust_file), as_json=as_json))


@commands.command()
@click.argument("text")
@trust_option
@public_url_option
@json_option
def qr(text: str, trust_file: Path, public_urls: tuple[str, ...], *, as_json: bool) -> None:
    """Check the text of a letter's QR code, the whole address or what follows its #."""
    sys.exit(report_qr(text, open_trust(trust_file).at(public_urls), as_json=as_json))


def open_trust(file: Path) -> Trust:
    """Return the trusted keys of a file. Raises click.ClickException where it cannot be used."""
    try:
        return load_trust(file)
    except TrustUnusable as error:
        raise click.ClickException(str(error)) from error


def main() -> None:
    """Run the command; what cannot be decided ends with exit status 2."""
    try:
        commands(standalone_mode=False)
    except click.ClickException as error:
        click.echo(f"govah-verify: {error.format_message()}", err=True)
        sys.exit(CANNOT_TELL)
    except click.Abort:
        sys.exit(130)
