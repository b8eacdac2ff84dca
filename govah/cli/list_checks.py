"""`govah lists check` and `fix`: lists are checked and mended on this machine, without a server."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from govah.cli.counts import format_count
from govah.cli.list_paths import build_path_error, find_pairs
from govah.doctor.changes import Change
from govah.doctor.treatment import TreatedList, repair_list
from govah.local.list_files import ListPair
from services.kit.jalali import format_jalali_date
from services.kit.problems import Text
from services.kit.text import to_persian_digits
from services.records.lists import Finding, ParsedList, WorkerRow, read_list
from services.records.lists.encodings import Encoding
from services.records.lists.shared_numbers import check_shared_numbers

SAME_FOLDER = Text(
    "لیست‌ها در همین پوشه است و رونوشت اصلاح‌شده روی آن نوشته نمی‌شود. پوشه دیگری انتخاب کنید.",
    "The lists are in this folder, and are not written over; choose another.",
)
FIXABLE = Text(
    "دستور govah lists fix بدون نیاز به تصمیم {n} تغییر در این لیست می‌دهد.",
    "govah lists fix would make {changes} in this list, where no decision is needed.",
)
SEVERITIES = {
    "error": Text("خطا", "error"),
    "warning": Text("هشدار", "warning"),
    "held": Text("نگه‌داشته", "held"),
}
_IDENTITY = (
    "national_code", "insurance_number", "first_name", "last_name", "father_name",
)  # fmt: skip
_DATES = ("birth_date", "start_date", "leave_date", "id_date")


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a list, one a line.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def check_lists(*, as_json: bool, paths: tuple[Path, ...]) -> None:
    """Check the lists in PATHS, folders or zip archives, as an import would, without a server.

    What only the records know, such as a person's other insurance number, is not checked. Exit with 1 unless
    all lists can be imported.
    """
    pairs = [pair for path in paths for pair in find_pairs(path)]
    are_importable = True
    for pair in pairs:
        parsed = check_list(pair)
        are_importable = are_importable and parsed.is_importable
        if as_json:
            click.echo(json.dumps(describe_list(pair, parsed), ensure_ascii=False))
        else:
            _show_list(pair, parsed)
    sys.exit(0 if are_importable else 1)


def check_list(pair: ListPair) -> ParsedList:
    """Return the list as an import reads it, with the findings that need only its own rows."""
    parsed = read_list(pair.header.read_bytes(), pair.workers.read_bytes())
    shared = [finding.describe() for finding in check_shared_numbers(parsed.rows)]
    findings = sorted([*parsed.findings, *shared], key=lambda finding: finding.severity != "error")
    return replace(parsed, findings=findings, findings_total=parsed.findings_total + len(shared))


def describe_list(pair: ListPair, parsed: ParsedList) -> dict[str, Any]:
    """Return the list as `--json` shows it; what could not be read is null."""
    held_rows = {
        finding.row for finding in parsed.findings if finding.severity == "held" and finding.row is not None
    }
    return {
        "folder": pair.label,
        "importable": parsed.is_importable,
        "encoding": parsed.encoding and parsed.encoding.value,
        "header": _describe_header(parsed),
        "rows": _describe_rows(parsed, held_rows),
        "findings": [_describe_finding(finding) for finding in parsed.findings],
    }


def _describe_header(parsed: ParsedList) -> dict[str, Any] | None:
    if parsed.as_read is None or not parsed.as_read.header["workshop_code"]:
        return None
    header, month = parsed.as_read.header, parsed.as_read.month
    return {
        "workshop_code": header["workshop_code"][0],
        "workshop_name": header["workshop_name"][0],
        "month_jalali": month and str(month),
        "list_number": header["list_number"][0],
    }


def _describe_rows(parsed: ParsedList, held_rows: set[int]) -> list[dict[str, Any]]:
    if parsed.as_read is None:
        return []
    unread = parsed.as_read.unread
    return [
        _describe_row(row, {name: marks[at] for name, marks in unread.items()}, is_held=row.row in held_rows)
        for at, row in enumerate(parsed.as_read.rows)
    ]


def _describe_row(row: WorkerRow, marks: Mapping[str, int], *, is_held: bool) -> dict[str, Any]:
    return {
        "row": row.row,
        **{name: getattr(row, name) for name in _IDENTITY},
        **{f"{name}_jalali": _format_date(getattr(row, name)) for name in _DATES},
        "sex": row.sex,
        "foreigner": row.foreigner,
        **{name: None if marks.get(name) else getattr(row, name) for name in ("days", "insurable")},
        "job_title": row.job_title,
        "held": is_held,
    }


def _format_date(day: date | None) -> str | None:
    return format_jalali_date(day) if day else None


def _describe_finding(finding: Finding) -> dict[str, Any]:
    return {
        "file": finding.file,
        "row": finding.row,
        "field": finding.field,
        "value": finding.value,
        "expected": finding.expected,
        "severity": finding.severity,
        "code": finding.code,
        "message": finding.message_fa,
    }


def _show_list(pair: ListPair, parsed: ParsedList) -> None:
    state = "می‌توان وارد کرد (importable)" if parsed.is_importable else "پذیرفته نمی‌شود (refused)"
    rows = format_count(len(parsed.as_read.rows) if parsed.as_read else 0, "row")
    click.echo(f"{pair.label}: {state}, {rows}")
    for finding in parsed.findings:
        place = " ".join(str(part) for part in (finding.file, finding.row, finding.field) if part is not None)
        click.echo(f"  {finding.severity} {finding.code} {place}: {finding.value or ''}")
        click.echo(f"    {SEVERITIES[finding.severity].fa}: {finding.message_fa}")
        click.echo(f"    {finding.message_en}")
    if parsed.findings_total > len(parsed.findings):
        left_out = format_count(parsed.findings_total - len(parsed.findings), "more finding")
        click.echo(f"  … {left_out}")
    _show_repairs(pair, parsed)


def _show_repairs(pair: ListPair, parsed: ParsedList) -> None:
    """Print how many changes `fix` would make, if some of the findings would be gone."""
    if not parsed.findings:
        return
    treated = repair_list(pair.header.read_bytes(), pair.workers.read_bytes())
    left = {
        *treated.parsed.findings,
        *(finding.describe() for finding in check_shared_numbers(treated.parsed.rows)),
    }
    if treated.changes and set(parsed.findings) - left:
        count = len(treated.changes)
        click.echo(f"  {FIXABLE.fa.format(n=to_persian_digits(count))}")
        click.echo(f"  {FIXABLE.en.format(changes=format_count(count, 'change'))}")


@click.command("fix")
@click.option(
    "--encoding",
    type=click.Choice([Encoding.CP1256, Encoding.IRAN_SYSTEM]),
    help="Write all texts in this encoding; if not given, in that of most of them.",
)
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
def fix_lists(encoding: str | None, path: Path, out: Path) -> None:
    """Mend the lists in PATH where no decision is needed, and write them to OUT.

    PATH is a folder or a zip archive.
    Sums, counts, zeros before numbers, encodings, dates, blank rows and the version of the table are mended.
    Days and amounts of workers stay. Each change is printed. Exit with 1 if a list still has an error.
    """
    pairs = find_pairs(path)
    base = path if path.is_dir() else path.parent
    are_importable = True
    for pair in pairs:
        target = out / Path(pair.folder).relative_to(base)
        if target.resolve() == Path(pair.folder).resolve():
            raise build_path_error(out, SAME_FOLDER)
        treated = repair_list(
            pair.header.read_bytes(), pair.workers.read_bytes(), Encoding(encoding) if encoding else None
        )
        target.mkdir(parents=True, exist_ok=True)
        (target / pair.header.name.upper()).write_bytes(treated.header)
        (target / pair.workers.name.upper()).write_bytes(treated.workers)
        are_importable = are_importable and treated.parsed.is_importable
        _show_changes(pair, treated.changes)
        _show_remaining(treated)
    sys.exit(0 if are_importable else 1)


def _show_changes(pair: ListPair, changes: Sequence[Change]) -> None:
    click.echo(f"{pair.label}: {format_count(len(changes), 'change')}")
    for change in changes:
        place = " ".join(str(part) for part in (change.file, change.row, change.field) if part is not None)
        cells = f" {change.old!r} -> {change.new!r}" if change.field else ""
        click.echo(f"  {change.repair} {place}:{cells}")
        click.echo(f"    {change.message_fa} {change.message_en}")


def _show_remaining(treated: TreatedList) -> None:
    errors = [finding for finding in treated.parsed.findings if finding.severity == "error"]
    for finding in errors:
        place = " ".join(str(part) for part in (finding.file, finding.row, finding.field) if part is not None)
        click.echo(f"  still: {finding.code} {place}: {finding.message_fa} {finding.message_en}")
