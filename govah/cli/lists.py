"""`govah lists`: make sample list files, and upload a tree of list files."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from getpass import getpass
from pathlib import Path
from typing import IO, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from govah import samples
from govah.cli.counts import format_count
from govah.cli.list_checks import SEVERITIES, check_lists, fix_lists
from govah.cli.list_paths import open_archive
from govah.cli.options import data_dir_option, language_option
from govah.local.data_directory import find_running_system, read_accounts
from govah.local.list_files import ListPair, upload_list
from govah.local.list_uploads import Officer, await_import, list_import_findings, send_archive
from govah.local.seeding import find_last_complete_month
from govah_client.client import Client
from govah_client.imports import ImportWithParts
from services.kit.jalali import JalaliInvalid, JalaliMonth
from services.kit.problems import Text
from services.kit.text import to_persian_digits

# Lists with findings that are fetched; all of them are at the API.
MAX_SHOWN = 1_000
OUTCOMES = {
    "accepted": Text("پذیرفته شد", "accepted"),
    "already-there": Text("پیش‌تر وارد شده است", "imported before"),
    "refused": Text("پذیرفته نشد", "refused"),
}


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
    lists = format_count(len(tree.lists), "list")
    click.echo(f"{lists} of {format_count(len(tree.people), 'person', 'people')} in {directory}")


@handle_lists.command(name="import")
@click.option(
    "--url", envvar="GOVAH_URL", help="The gateway; if not given, the embedded system on this data."
)
@click.option("--username", help="An officer's user name; the embedded system's own officer if not given.")
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--resume", metavar="ID", help="Go on with an upload of this archive that was interrupted.")
@language_option
@data_dir_option
@click.argument("path", type=click.Path(exists=True, path_type=Path))
def import_(
    *,
    url: str | None,
    username: str | None,
    password_file: Path | None,
    resume: str | None,
    language: str,
    data_dir: Path,
    path: Path,
) -> None:
    """Upload every pair of list files in PATH, a folder or an archive (zip or tar), and import them.

    Exit with 1 if a list was refused.
    """
    if resume and path.is_dir():
        raise click.BadParameter("a folder is packed each time; give the archive", param_hint="--resume")
    console = Console(highlight=False)
    with open_archive(path) as archive:
        if url is None and (url := find_running_system(data_dir)) is None:
            raise click.ClickException(
                "no system runs on this data directory; start it (make run) or give --url"
            )
        credentials = _read_credentials(username, password_file, data_dir)
        with Client.connect(url, language=language) as client:
            officer = Officer(lambda: client.sign_in(**credentials))
            done = _import_archive(console, officer, path.name, archive, resume)
            items = list_import_findings(officer, done["id"], MAX_SHOWN)
    if done["failure"]:
        raise click.ClickException(done["failure"]["message"])
    findings = [{"list": one["path"], **finding} for one in items for finding in one["findings"]]
    show_findings(console, findings, language)
    for outcome, count in (
        ("accepted", done["accepted"]),
        ("already-there", done["already_there"]),
        ("refused", done["refused"]),
    ):
        if count:
            number = to_persian_digits(count) if language == "fa" else count
            console.print(f"{OUTCOMES[outcome].pick(language)}: {number}")
    sys.exit(1 if done["refused"] else 0)


def _read_credentials(username: str | None, password_file: Path | None, data_dir: Path) -> dict[str, Any]:
    if username is None:
        officer: dict[str, Any] = read_accounts(data_dir)["officer"]
        return officer
    password = password_file.read_text("utf-8").strip() if password_file else getpass("password: ")
    return {"username": username, "password": password}


def _import_archive(
    console: Console, officer: Officer, name: str, archive: IO[bytes], resume: str | None
) -> ImportWithParts:
    """Return an import that has ended, after sending its archive under a progress bar."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=not console.is_terminal) as progress:
        parts = progress.add_task("parts", total=None)
        lists = progress.add_task("lists", total=None)

        def show_progress(current: ImportWithParts) -> None:
            progress.update(parts, total=current["parts"], completed=current["parts_received"])
            progress.update(lists, total=current["lists"], completed=current["lists_done"])
            progress.update(lists, description=f"lists of {current['id']}")

        size = archive.seek(0, os.SEEK_END)
        begun = send_archive(officer, name[-200:], archive, size, show_progress, resume)
        return await_import(officer, begun["id"], show_progress)


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


def show_findings(
    console: Console, findings: list[dict[str, Any]], language: str = "fa", most: int = 40
) -> None:
    """Print findings in lines that a narrow terminal holds, errors first, and how many were left out."""
    ordered = sorted(findings, key=lambda finding: finding["severity"] != "error")
    for finding in ordered[:most]:
        severity = SEVERITIES[finding["severity"]].pick(language)
        console.print(f"{severity}: {finding['message']}", markup=False, style="bold")
        for line in _describe_place(finding, language):
            console.print(f"    {line}", markup=False, soft_wrap=True)
    if (left_out := len(findings) - most) > 0:
        more = Text(
            f"… {to_persian_digits(left_out)} یافته دیگر", f"… {format_count(left_out, 'more finding')}"
        )
        console.print(more.pick(language))


def _describe_place(finding: dict[str, Any], language: str) -> Iterator[str]:
    """Yield where a finding is, and what was there and was expected."""
    row, field = finding.get("row"), finding.get("field")
    places = [finding["list"], finding["file"]]
    if row is not None:
        places.append(Text(f"سطر {to_persian_digits(row)}", f"row {row}").pick(language))
    separator = "، " if language == "fa" else ", "
    yield separator.join([*places, *([field] if field else [])])
    value, expected = finding.get("value"), finding.get("expected")
    parts = [] if value is None else [Text(f"مقدار: {value}", f"value: {value}").pick(language)]
    if expected is not None:
        parts.append(Text(f"باید: {expected}", f"expected: {expected}").pick(language))
    if parts:
        yield separator.join(parts)
