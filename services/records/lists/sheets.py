"""One file of a list as columns of Python values. The parser reads both files with it.

The work is done by column, and each distinct cell of a column is read once: names, jobs and dates repeat, and
per-cell work is what makes other readers slow. Only the cells of one column are in memory at a time; numbers
take eight bytes each.
"""

import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import repeat
from typing import Any

from services.kit.jalali import JalaliInvalid, parse_list_date
from services.kit.text import normalise_digits, normalise_text
from services.records.lists.dbf import Table
from services.records.lists.encodings import Encoding, get_decoder
from services.records.lists.fields import Field, Kind
from services.records.lists.finding_logs import FindingLog
from services.records.lists.findings import ListFile, RawFinding, make_finding
from services.records.lists.texts import SORTS, FileEncodings, NameReader

_WHOLE = re.compile(r"(-?[0-9]+)(?:\.0*)?|\.0+")
# A number, though perhaps one that is negative, has decimals or is too large.
_NUMBER = re.compile(r"[-+]?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)")
# The only shape of dates that earlier versions read.
_FORMER_DATE = re.compile("[0-9]{8}")
# Marks of the cells of a number that has no value.
BLANK, INVALID, NOT_A_NUMBER = 1, 2, 3
_BLANK: dict[Kind, object] = {Kind.TEXT: "", Kind.CODE: "", Kind.NUMBER: 0, Kind.DATE: None}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's records by column: values by attribute, typed by their Kind and canonical.

    numeric are the attributes whose column is of type N: some programs store a sum as text, or leave it
    blank. former has the columns that earlier versions read otherwise, as they did: codes as they are listed,
    dates of other shapes unknown. unread marks, in each column of numbers with such cells, those that are
    BLANK, INVALID or NOT_A_NUMBER. has_readable_names is false if most names of the file or of a column are
    unreadable.
    """

    file: ListFile
    table: Table
    values: dict[str, Sequence[Any]]
    numeric: frozenset[str]
    former: Mapping[str, Sequence[Any]]
    unread: Mapping[str, bytes]
    has_readable_names: bool = True

    def get_listed(self, attribute: str) -> Sequence[Any]:
        """Return a column of codes as they are listed."""
        return self.former.get(attribute, self.values[attribute])

    def find_differences(self, attribute: str, expected: object) -> Iterable[tuple[int, Any]]:
        """Yield record number and listed value of each row whose value differs from the expected one.

        A number that is blank or invalid is not among them: it has a finding of its own.
        """
        column = self.values[attribute]
        if column.count(expected) != len(column):
            marks = self.unread.get(attribute, repeat(0))
            spellings = self.get_listed(attribute)
            for number, value, spelling, mark in zip(
                self.table.numbers, column, spellings, marks, strict=False
            ):
                if value != expected and not mark:
                    yield number, spelling


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
    """Return a file's values by attribute; the log gets the numbers out of range and the unreadable dates.

    It also gets a warning for each text that fits badly, or an error if most names do.

    From here on such a number is 0, such a date is None, and a missing optional field is blank.
    """
    readers = {encoding: _build_readers(encoding) for encoding in Encoding}
    names = NameReader(file, encodings)
    values: dict[str, Sequence[Any]] = {}
    former: dict[str, Sequence[Any]] = {}
    unread: dict[str, bytes] = {}
    for field in fields:
        name = field.attribute
        if field.name not in table.columns:
            values[name] = [_BLANK[field.kind]] * len(table.numbers)
            continue
        read_text, read_code = readers[encodings.get(field.name)]
        for row, rest in table.find_unread_texts(field.name):
            log.add(make_finding("text-after-end", file, field.name, row, read_text(rest)))
        if field.kind is Kind.NUMBER:
            values[name], marks = _read_numbers(table, field, file, read_code, log)
            if any(marks):
                unread[name] = marks
        elif field.kind is Kind.DATE:
            values[name], before = _read_dates(table, field, file, read_code, log)
            if before is not None:
                former[name] = before
        else:
            read = read_text if field.kind is Kind.TEXT else read_code
            if name in SORTS:
                read = names.get_reader(field.name, table.columns[field.name].width, SORTS[name])
            values[name] = list(map(_CellCache(read).__getitem__, table.read_cells(field.name)))
        if field.canonicalise:
            former[name] = values[name]
            values[name] = list(map(field.canonicalise, former[name]))
    log.extend(names.check_names(table))
    numeric = frozenset(field.attribute for field in fields if _get_column_type(table, field) == "N")
    return Sheet(file, table, values, numeric, former, unread, names.is_readable)


def _get_column_type(table: Table, field: Field) -> str | None:
    column = table.columns.get(field.name)
    return column.type if column else None


def _build_readers(encoding: Encoding) -> tuple[Callable[[bytes], str], Callable[[bytes], str]]:
    """Return the readers of a text's and of a code's cell."""
    decode = get_decoder(encoding)

    def read_text(raw: bytes) -> str:
        plain = raw.strip(b" \0")
        return plain.decode() if plain.isalnum() else normalise_text(decode(plain))

    def read_code(raw: bytes) -> str:
        code = normalise_digits(read_text(raw))
        return code if code.isascii() else _find_digits(raw.strip(b" \0")) or code

    return read_text, read_code


def _find_digits(raw: bytes) -> str | None:
    """Return the digits that a code is in another encoding than its file's texts, or None."""
    readings = (normalise_digits(normalise_text(get_decoder(encoding)(raw))) for encoding in Encoding)
    return next((reading for reading in readings if reading.isascii() and reading.isdigit()), None)


def _read_dates(
    table: Table, field: Field, file: ListFile, read_code: Callable[[bytes], str], log: FindingLog
) -> tuple[Sequence[date | None], Sequence[date | None] | None]:
    """Return a column's dates with None for a blank and for the unreadable ones, which the log gets.

    The second column is the dates that earlier versions read, or None if they are the same.
    """
    days: dict[str, date | None] = {}
    unreadable: set[bytes] = set()
    newly_read: set[bytes] = set()

    def read_date(cell: bytes) -> date | None:
        text = read_code(cell)
        if text not in days:
            try:
                days[text] = parse_list_date(text)
            except JalaliInvalid:
                unreadable.add(cell)
                return None
        if days[text] and not _FORMER_DATE.fullmatch(text):
            newly_read.add(cell)
        return days[text]

    dates = list(map(_CellCache(read_date).__getitem__, table.read_cells(field.name)))
    if unreadable:
        for row, cell in zip(table.numbers, table.read_cells(field.name), strict=True):
            if cell in unreadable:
                log.add(make_finding("date-unreadable", file, field.name, row, read_code(cell)))
    if not newly_read:
        return dates, None
    cells = table.read_cells(field.name)
    return dates, [None if cell in newly_read else day for cell, day in zip(cells, dates, strict=True)]


def _read_numbers(
    table: Table, field: Field, file: ListFile, read_code: Callable[[bytes], str], log: FindingLog
) -> tuple[Sequence[int], bytes]:
    """Return a column's numbers and the marks of its cells; a number without a value is 0.

    The log gets the invalid ones. A blank is marked where it is an error.
    """
    marked: dict[bytes, int] = {}

    def read_valid(cell: bytes) -> int:
        plain = cell.strip(b" \0")
        text = plain.decode() if plain.isdigit() else read_code(plain)
        if not text:
            if field.must_be_given:
                marked[cell] = BLANK
            return 0
        whole = _WHOLE.fullmatch(text)
        value = int(whole[1] or 0) if whole else -1
        if not 0 <= value <= field.most:
            if field.refusal:
                marked[cell] = INVALID if _NUMBER.fullmatch(text) else NOT_A_NUMBER
            return 0
        return value

    numbers = array("q", map(_CellCache(read_valid).__getitem__, table.read_cells(field.name)))
    if not marked:
        return numbers, b""
    marks = bytes(marked.get(cell, 0) for cell in table.read_cells(field.name))
    for row, cell, mark in zip(table.numbers, table.read_cells(field.name), marks, strict=True):
        if mark in {INVALID, NOT_A_NUMBER}:
            text = cell.decode("ascii", "replace")
            wording = f"number/{field.refusal}" if mark == INVALID else "not-a-number"
            log.add(make_finding(wording, file, field.name, row, text))
    return numbers, marks
