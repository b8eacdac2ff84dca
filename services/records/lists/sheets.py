"""One file of a list as columns of Python values. The parser reads both files with it.

The work is done by column, and each distinct cell of a column is read once: names, jobs and dates repeat, and
per-cell work is what makes other readers slow. Only the cells of one column are in memory at a time; numbers
take eight bytes each.
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
from services.records.lists.encodings import Encoding, get_decoder
from services.records.lists.fields import Field, Kind
from services.records.lists.finding_logs import FindingLog
from services.records.lists.findings import ListFile, RawFinding, make_finding
from services.records.lists.texts import NAMES, FileEncodings, NameReader

_WHOLE = re.compile(r"(-?[0-9]+)(?:\.0*)?")
_BLANK: dict[Kind, object] = {Kind.TEXT: "", Kind.CODE: "", Kind.NUMBER: 0, Kind.DATE: None}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's records by column: values by attribute, typed by their Kind.

    numeric are the attributes whose column is of type N: some programs store a sum as text, or leave it
    blank.
    """

    file: ListFile
    table: Table
    values: dict[str, Sequence[Any]]
    numeric: frozenset[str]

    def find_differences(self, attribute: str, expected: object) -> Iterable[tuple[int, Any]]:
        """Yield record number and value of each row whose value differs from the expected one."""
        column = self.values[attribute]
        if column.count(expected) != len(column):
            for number, value in zip(self.table.numbers, column, strict=True):
                if value != expected:
                    yield number, value


class _CellCache(dict[bytes, Any]):
    """The value of each distinct cell of a column; a cell is read the first time it is looked up."""

    def __init__(self, read: Callable[[bytes], Any]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, cell: bytes) -> Any:
        value = self[cell] = self._read(cell)
        return value


def find_missing_fields(table: Table, fields: Sequence[Field], file: ListFile) -> Iterator[RawFinding]:
    """Yield an error for each required field that the file does not have as text."""
    for field in fields:
        if field.required and field.name not in table.columns:
            is_there = field.name in table.unreadable
            yield make_finding("field-not-text" if is_there else "field-missing", file, field.name)


def read_sheet(
    table: Table, fields: Sequence[Field], file: ListFile, encodings: FileEncodings, log: FindingLog
) -> Sheet:
    """Return a file's values by attribute; the log gets an error for each number that is out of its range.

    It also gets a warning for each name that fits badly, or an error if most names do.

    From here on such a number is 0, an invalid date is None, and a missing optional field is blank.
    """
    readers = {encoding: _build_readers(encoding) for encoding in Encoding}
    names = NameReader(file, encodings)
    values: dict[str, Sequence[Any]] = {}
    for field in fields:
        if field.name not in table.columns:
            values[field.attribute] = [_BLANK[field.kind]] * len(table.numbers)
            continue
        read = readers[encodings.get(field.name)][field.kind]
        if field.attribute in NAMES:
            read = names.get_reader(field.name)
        values[field.attribute] = (
            _read_numbers(table, field, file, read, log)
            if field.kind is Kind.NUMBER
            else list(map(_CellCache(read).__getitem__, table.read_cells(field.name)))
        )
    log.extend(names.check_names(table))
    numeric = frozenset(field.attribute for field in fields if _get_column_type(table, field) == "N")
    return Sheet(file, table, values, numeric)


def _get_column_type(table: Table, field: Field) -> str | None:
    column = table.columns.get(field.name)
    return column.type if column else None


def _build_readers(encoding: Encoding) -> dict[Kind, Callable[[bytes], Any]]:
    decode = get_decoder(encoding)
    days: dict[str, date | None] = {}

    def read_text(raw: bytes) -> str:
        plain = raw.strip(b" \0")
        return plain.decode() if plain.isalnum() else normalise_text(decode(plain))

    def read_code(raw: bytes) -> str:
        return normalise_digits(read_text(raw))

    def read_number(raw: bytes) -> int | None:
        plain = raw.strip(b" \0")
        if plain.isdigit():
            return int(plain)
        whole = _WHOLE.fullmatch(read_code(plain) or "0")
        return int(whole[1]) if whole else None

    def read_date(raw: bytes) -> date | None:
        # Dates repeat from one column to the next too, so the cache is shared. It is bounded by the number of
        # days.
        text = read_code(raw)
        if text not in days:
            try:
                days[text] = parse_list_date(text)
            except JalaliInvalid:
                return None
        return days[text]

    return {Kind.TEXT: read_text, Kind.CODE: read_code, Kind.NUMBER: read_number, Kind.DATE: read_date}


def _read_numbers(
    table: Table, field: Field, file: ListFile, read: Callable[[bytes], int | None], log: FindingLog
) -> Sequence[int]:
    """Return a column's numbers with 0 in place of invalid ones, which the log gets."""
    invalid: set[bytes] = set()

    def read_valid(cell: bytes) -> int:
        value = read(cell)
        if value is None or not 0 <= value <= field.most:
            invalid.add(cell)
            return 0
        return value

    numbers = array("q", map(_CellCache(read_valid).__getitem__, table.read_cells(field.name)))
    if invalid and field.refusal:
        for row, cell in zip(table.numbers, table.read_cells(field.name), strict=True):
            if cell in invalid:
                text = cell.decode("ascii", "replace")
                log.add(make_finding(f"number/{field.refusal}", file, field.name, row, text))
    return numbers
