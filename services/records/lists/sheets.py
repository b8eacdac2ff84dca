"""One file of a list as columns of Python values. The parser reads both files through here.

The work is done by columns and each distinct cell of a column is read once: names, jobs and dates repeat,
and per-cell work is what makes other readers slow. The cells of one column are in memory at a time; numbers
are kept as eight bytes each.
"""

import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.kit.jalali import JalaliInvalid, parse_list_date
from services.kit.text import normalise_digits, normalise_text
from services.records.lists.dbf import Table
from services.records.lists.encodings import Encoding, decoder
from services.records.lists.fields import Field, Kind
from services.records.lists.finding_logs import FindingLog
from services.records.lists.findings import Found, ListFile, found

_ASCII = bytes(range(0x80))
_WHOLE = re.compile(r"(-?[0-9]+)(?:\.0*)?")
_BLANK: dict[Kind, object] = {Kind.TEXT: "", Kind.CODE: "", Kind.NUMBER: 0, Kind.DATE: None}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's records by columns: values by attribute, as their Kind says.

    numeric are the attributes whose column is of type N: some programs keep a sum as text, or none in it.
    """

    file: ListFile
    table: Table
    values: dict[str, Sequence[Any]]
    numeric: frozenset[str]

    def differing(self, attribute: str, expected: object) -> Iterable[tuple[int, Any]]:
        """Yield record number and value wherever a column differs from what was expected."""
        column = self.values[attribute]
        if column.count(expected) != len(column):
            for number, value in zip(self.table.numbers, column, strict=True):
                if value != expected:
                    yield number, value


class _Known(dict[bytes, Any]):
    """What each distinct cell of a column says; a cell is read when it is asked for first."""

    def __init__(self, read: Callable[[bytes], Any]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, cell: bytes) -> Any:
        value = self[cell] = self._read(cell)
        return value


def collect_high_bytes(table: Table, fields: Sequence[Field]) -> bytes:
    """Return each byte above ASCII in the texts of a file once, to tell the file's encoding by."""
    known = {field.name for field in fields}
    high: set[int] = set()
    for column in table.columns.values():
        if column.name in known and column.type == "C":
            high.update(b"".join(table.read_cells(column.name)).translate(None, _ASCII))
    return bytes(sorted(high))


def find_missing_fields(table: Table, fields: Sequence[Field], file: ListFile) -> Iterator[Found]:
    """Yield an error for each required field that the file does not have."""
    for field in fields:
        if field.required and field.name not in table.columns:
            yield found("field-missing", file, field.name)


def read_sheet(
    table: Table, fields: Sequence[Field], file: ListFile, encoding: Encoding, log: FindingLog
) -> Sheet:
    """Return a file's values by attribute; the log gets an error for each number that is out of its range.

    Such a number counts as 0 from here on, a date that is none as absent, a missing optional field as blank.
    """
    readers = _readers(encoding)
    values: dict[str, Sequence[Any]] = {}
    for field in fields:
        if field.name not in table.columns:
            values[field.attribute] = [_BLANK[field.kind]] * len(table.numbers)
            continue
        read = readers[field.kind]
        values[field.attribute] = (
            _read_numbers(table, field, file, read, log)
            if field.kind is Kind.NUMBER
            else list(map(_Known(read).__getitem__, table.read_cells(field.name)))
        )
    numeric = frozenset(field.attribute for field in fields if _type_of(table, field) == "N")
    return Sheet(file, table, values, numeric)


def _type_of(table: Table, field: Field) -> str | None:
    column = table.columns.get(field.name)
    return column.type if column else None


def _readers(encoding: Encoding) -> dict[Kind, Callable[[bytes], Any]]:
    decode = decoder(encoding)
    days: dict[str, date | None] = {}

    def text(raw: bytes) -> str:
        plain = raw.strip(b" \0")
        return plain.decode() if plain.isalnum() else normalise_text(decode(plain))

    def code(raw: bytes) -> str:
        return normalise_digits(text(raw))

    def number(raw: bytes) -> int | None:
        plain = raw.strip(b" \0")
        if plain.isdigit():
            return int(plain)
        whole = _WHOLE.fullmatch(code(plain) or "0")
        return int(whole[1]) if whole else None

    def day(raw: bytes) -> date | None:
        # Dates repeat from one column to the next too, and there are no more of them than days.
        written = code(raw)
        if written not in days:
            try:
                days[written] = parse_list_date(written)
            except JalaliInvalid:
                return None
        return days[written]

    return {Kind.TEXT: text, Kind.CODE: code, Kind.NUMBER: number, Kind.DATE: day}


def _read_numbers(
    table: Table, field: Field, file: ListFile, read: Callable[[bytes], int | None], log: FindingLog
) -> Sequence[int]:
    """Return a column's numbers with 0 in the place of unacceptable ones, which the log gets."""
    wrong: set[bytes] = set()

    def settle(cell: bytes) -> int:
        value = read(cell)
        if value is None or not 0 <= value <= field.most:
            wrong.add(cell)
            return 0
        return value

    settled = array("q", map(_Known(settle).__getitem__, table.read_cells(field.name)))
    if wrong and field.refusal:
        for row, cell in zip(table.numbers, table.read_cells(field.name), strict=True):
            if cell in wrong:
                shown = cell.decode("ascii", "replace")
                log.add(found(f"number/{field.refusal}", file, field.name, row, shown))
    return settled
