"""The repairs of a list's tables that need no decision: each yields its changes as it makes them.

No repair changes days or an amount of a worker: those need a decision of the sender.
"""

import re
from collections.abc import Callable, Iterator

from govah.doctor.changes import Change, Repair
from govah.doctor.tables import EditableTable
from services.kit.jalali import JalaliInvalid, format_list_date, parse_list_date
from services.records.lists.canonical import (
    canonicalise_insurance_number,
    canonicalise_list_number,
    canonicalise_workshop_code,
)
from services.records.lists.dbf import read_table
from services.records.lists.fields import (
    HEADER_BY_ATTRIBUTE,
    HEADER_FIELDS,
    SUMMED,
    WORKER_BY_ATTRIBUTE,
    WORKER_FIELDS,
    Kind,
)
from services.records.lists.findings import ListFile

_NUMBERS: dict[str, Callable[[str], str]] = {
    "workshop_code": canonicalise_workshop_code,
    "list_number": canonicalise_list_number,
    "insurance_number": canonicalise_insurance_number,
}
_PERIOD = ("workshop_code", "year", "month", "list_number")
_DATES = [field.name for field in WORKER_FIELDS if field.kind is Kind.DATE]
_TEXTS = {field.name for field in (*HEADER_FIELDS, *WORKER_FIELDS) if field.kind is Kind.TEXT}
_EXPANDED_DATE = 8
_WHOLE = re.compile(rb"([0-9]+)(?:\.0*)?")


def remove_blank_rows(table: EditableTable, file: ListFile) -> Iterator[Change]:
    """Remove records that state nothing, which no reader counts, and yield each."""
    counted = {table.numbers[at - 1] for at in read_table(table.to_bytes()).numbers}
    blank = [number for number, _ in table.list_live() if number not in counted]
    table.remove_records(blank)
    for number in blank:
        yield Change(file, Repair.BLANK_ROW, number)


def fill_period(header: EditableTable, workers: EditableTable) -> Iterator[Change]:
    """Fill blank cells of workshop, year, month and list number if the other file has one value."""
    sides = ((ListFile.HEADER, header, HEADER_BY_ATTRIBUTE), (ListFile.WORKERS, workers, WORKER_BY_ATTRIBUTE))
    for (file, table, names), (_, source, source_names) in (sides, sides[::-1]):
        for attribute in _PERIOD:
            name, source_name = names[attribute], source_names[attribute]
            if name not in table.places or source_name not in source.places:
                continue
            values = {source.read_cell(record, source_name) for _, record in source.list_live()}
            if len(values) != 1 or not (value := values.pop()):
                continue
            for number, record in table.list_live():
                if not table.read_cell(record, name) and table.has_room(name, value):
                    table.write_cell(record, name, value)
                    yield Change(file, Repair.PERIOD, number, name, "", value.decode("ascii", "replace"))


def write_canonical_numbers(table: EditableTable, file: ListFile) -> Iterator[Change]:
    """Write workshop codes, list numbers and insurance numbers in their standard form."""
    names = HEADER_BY_ATTRIBUTE if file is ListFile.HEADER else WORKER_BY_ATTRIBUTE
    for attribute, canonicalise in _NUMBERS.items():
        if (name := names.get(attribute)) not in table.places or name is None:
            continue
        for number, record in table.list_live():
            cell = table.read_cell(record, name)
            if not cell.isascii() or not cell:
                continue
            canonical = canonicalise(cell.decode())
            # A number as the organisation's own program writes it is left as it is.
            if canonical in {"", cell.decode()} or (
                attribute != "workshop_code" and _is_usual(cell, canonical)
            ):
                continue
            if table.has_room(name, canonical.encode()):
                table.write_cell(record, name, canonical.encode())
                yield Change(file, Repair.NUMBER, number, name, cell.decode(), canonical)


def _is_usual(cell: bytes, canonical: str) -> bool:
    return cell.decode() in {canonical.zfill(2), canonical.zfill(8)}


def write_out_dates(table: EditableTable) -> Iterator[Change]:
    """Write dates with years of two digits or with separators as YYYYMMDD, if the column is wide enough."""
    for name in _DATES:
        if name not in table.places:
            continue
        for number, record in table.list_live():
            cell = table.read_cell(record, name)
            try:
                day = parse_list_date(cell.decode("ascii"))
            except (JalaliInvalid, UnicodeDecodeError):
                continue
            if day is None or (len(cell) == _EXPANDED_DATE and cell.isdigit()):
                continue
            written = format_list_date(day)
            if table.has_room(name, written.encode()):
                table.write_cell(record, name, written.encode())
                yield Change(ListFile.WORKERS, Repair.DATE, number, name, cell.decode(), written)


def _read_whole(cell: bytes) -> int | None:
    """Return the whole number in a cell, also of a column with decimals; None if it has none."""
    whole = _WHOLE.fullmatch(cell)
    return int(whole[1]) if whole else None


def correct_sums(header: EditableTable, workers: EditableTable) -> Iterator[Change]:
    """Set the header's count and sums to those of the rows, where every row has a whole number."""
    rows = [record for _, record in workers.list_live()]
    sums: dict[str, int] = {"workers": len(rows)}
    for attribute in (*SUMMED, "seniority", "spouse_allowance"):
        name = WORKER_BY_ATTRIBUTE[attribute]
        if name not in workers.places:
            continue
        cells = [workers.read_cell(record, name) for record in rows]
        optional = attribute not in SUMMED
        if optional and workers.places[name].column.type != "N":
            continue
        numbers = [_read_whole(cell or b"0" if optional else cell) for cell in cells]
        if None not in numbers:
            sums[attribute] = sum(filter(None, numbers))
    for number, record in header.list_live():
        for attribute, total in sums.items():
            name = HEADER_BY_ATTRIBUTE[attribute]
            if name not in header.places:
                continue
            stated = header.read_cell(record, name)
            if _read_whole(stated) != total and header.has_room(name, str(total).encode()):
                header.write_cell(record, name, str(total).encode())
                old = stated.decode("ascii", "replace")
                yield Change(ListFile.HEADER, Repair.SUM, number, name, old, str(total))
