"""Lists that need a decision of officers: a list sent again with other days, and a row under another's code.

The demo imports them.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from govah.samples.careers import set_pay
from govah.samples.people import SamplePerson
from services.records.lists.encodings import Encoding
from services.records.lists.findings import ListFile
from services.records.lists.parsers import read_list
from services.records.lists.rows import ListHeader, WorkerRow
from services.records.lists.writers import build_header, write_list

LATE_LIST = "95"


def change_days(source: Path, person: SamplePerson, days: int, directory: Path) -> Path:
    """Write the list in source again, with these days and their pay for one person; return where it is."""
    header, rows, encoding = _read(source)
    changed = [
        set_pay(row, days, row.daily_wage, row.benefits) if _is_row_of(row, person) else row for row in rows
    ]
    return _write(directory, header, header.list_number, changed, encoding)


def list_under_code(source: Path, person: SamplePerson, national_code: str, directory: Path) -> Path:
    """Write a supplementary list of source's month that repeats a person's row without days.

    The row has another person's code. Return where the list is.
    """
    header, rows, encoding = _read(source)
    [row] = [row for row in rows if _is_row_of(row, person)]
    late_pay = set_pay(row, 0, row.daily_wage, 2_000_000)
    misplaced = replace(late_pay, row=1, national_code=national_code, start_date=None, leave_date=None)
    return _write(directory, header, LATE_LIST, [misplaced], encoding)


def _is_row_of(row: WorkerRow, person: SamplePerson) -> bool:
    return row.national_code == person.national_code


def _read(source: Path) -> tuple[ListHeader, Sequence[WorkerRow], Encoding]:
    parsed = read_list(*((source / file).read_bytes() for file in ListFile))
    if parsed.header is None or parsed.encoding is None:
        raise ValueError(f"the list in {source} cannot be read")
    return parsed.header, parsed.rows, parsed.encoding


def _write(
    directory: Path, header: ListHeader, number: str, rows: Sequence[WorkerRow], encoding: Encoding
) -> Path:
    complete = build_header(
        workshop_code=header.workshop_code,
        workshop_name=header.workshop_name,
        employer=header.employer,
        address=header.address,
        month=header.month,
        list_number=number,
        rows=rows,
    )
    directory.mkdir(parents=True, exist_ok=True)
    for file, data in zip(ListFile, write_list(complete, rows, encoding), strict=True):
        (directory / file).write_bytes(data)
    return directory
