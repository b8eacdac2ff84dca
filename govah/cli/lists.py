"""`govah lists`: make sample list files, and upload a tree of list files."""

import sys
from collections import Counter
from getpass import getpass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from govah import samples
from govah.cli.list_checks import check_lists, fix_lists
from govah.cli.list_paths import find_pairs
from govah.cli.options import data_dir_option
from govah.local.data_directory import find_running_system, read_accounts
from govah.local.list_files import ListPair, upload_list
from govah.local.seeding import find_last_complete_month
from govah_client.client import Client
from services.kit.jalali import JalaliInvalid, JalaliMonth

OUTCOMES = {"accepted": "پذیرفته شد", "already-there": "پیش‌تر وارد شده است", "refused": "پذیرفته نشد"}


@click.group("lists")
def handle_lists() -> None:
    """Employers' list files (DSKKAR00.DBF and DSKWOR00.DBF)."""


handle_lists.add_command(check_lists)
handle_lists.add_command(fix_lists)


@handle_lists.command("sample")
@click.option("--people", type=click.IntRange(1, 100_000), default=50, show_default=True)
@click.option("--months", type=click.IntRange(1, 480), default=24, show_default=True)
@click.option("--workshops", type=click.IntRange(1, 10_000), default=4, show_default=True)
@click.option(
    "--encoding", type=click.Choice(["cp1256", "iransystem", "mixed"]), default="mixed", show_default=True
)
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed writes the same bytes.")
@click.option("--last-month", help="Such as 1403-07; the month before this one if not given.")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
def write_sample(
    people: int,
    months: int,
    workshops: int,
    encoding: samples.SampleEncoding,
    seed: int,
    last_month: str | None,
    directory: Path,
) -> None:
    """Write list files of invented people into DIRECTORY."""
    try:
        last = JalaliMonth.parse(last_month) if last_month else find_last_complete_month()
    except JalaliInvalid as error:
        raise click.BadParameter("not a Jalali month such as 1403-07", param_hint="--last-month") from error
    tree = samples.generate(people, months, workshops, encoding, seed, directory, last_month=last)
    click.echo(f"{len(tree.lists)} lists of {len(tree.people)} people in {directory}")


@handle_lists.command(name="import")
@click.option(
    "--url", envvar="GOVAH_URL", help="The gateway; if not given, the embedded system on this data."
)
@click.option("--username", help="An officer's user name; the embedded system's own officer if not given.")
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_dir_option
@click.argument("path", type=click.Path(exists=True, path_type=Path))
def import_(
    url: str | None, username: str | None, password_file: Path | None, data_dir: Path, path: Path
) -> None:
    """Upload every pair of list files below PATH, a folder or a zip archive.

    Exit with 1 if a list was refused.
    """
    pairs = find_pairs(path)
    if url is None and (url := find_running_system(data_dir)) is None:
        raise click.ClickException("no system runs on this data directory; start it (make run) or give --url")
    if username is None:
        credentials = read_accounts(data_dir)["officer"]
    else:
        password = password_file.read_text("utf-8").strip() if password_file else getpass("password: ")
        credentials = {"username": username, "password": password}
    console = Console(highlight=False)
    with Client.connect(url) as client:
        outcomes, findings = upload(console, client.sign_in(**credentials), pairs)
    show_findings(console, findings)
    for outcome, count in outcomes.items():
        console.print(f"{OUTCOMES[outcome]} ({outcome}): {count}")
    sys.exit(1 if outcomes["refused"] else 0)


def upload(
    console: Console, officer: Client, pairs: list[ListPair]
) -> tuple[Counter[str], list[dict[str, Any]]]:
    """Upload pairs under a progress bar; returns the count of each outcome, and all findings."""
    outcomes: Counter[str] = Counter()
    findings: list[dict[str, Any]] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=not console.is_terminal) as progress:
        task = progress.add_task("lists", total=len(pairs))
        for pair in pairs:
            outcome, list_findings = upload_list(officer, pair)
            outcomes[outcome] += 1
            findings += [{"list": Path(pair.label).name, **finding} for finding in list_findings]
            progress.advance(task)
    return outcomes, findings


def show_findings(console: Console, findings: list[dict[str, Any]], most: int = 40) -> None:
    """Print a table of findings, errors first, and how many were left out."""
    if not findings:
        return
    columns = ("list", "file", "row", "field", "value", "expected", "severity", "code", "message")
    table = Table(*columns)
    ordered = sorted(findings, key=lambda finding: finding["severity"] != "error")
    for finding in ordered[:most]:
        cells = (finding.get(name) for name in columns)
        table.add_row(*("" if cell is None else str(cell) for cell in cells))
    console.print(table)
    if len(findings) > most:
        console.print(f"… {len(findings) - most} more findings")
