"""xBase tables from and to bytes, without meaning. The parser and the writer of lists call it.

dbfread opens only paths, trusts their content and calls a parser for each cell. A list comes as bytes from
outside. Here a table remains the bytes that came: the cells of a column are cut out one record at a time
while they are read. So no file takes more memory than its own bytes until the caller stores its values.
"""

import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate, chain, compress

from services.kit.dbf_head import END_OF_COLUMNS, MAX_COLUMNS, Column, DbfError, Head, read_head
from services.kit.sizes import LARGEST_FILE
from services.records.lists.dbf_cells import (
    NULL_FLAGS,
    apply_hidden_bits,
    cut_after_nul,
    find_hidden_bits,
    find_rest,
    get_converter,
    is_readable,
)

__all__ = [
    "MAX_BYTES", "MAX_COLUMNS", "MAX_RECORDS", "Column", "DbfError", "Table", "read_table", "write_table",
]  # fmt: skip

MAX_BYTES = LARGEST_FILE
MAX_RECORDS = 99_999  # DSK_NUM, the header's count of workers, has five digits

_DBASE_III = 0x03
_HEADER = struct.Struct("<4BLHH20x")
_COLUMN = struct.Struct("<11sc4xBB14x")
_END_OF_FILE = 0x1A
# The mark before each record. Writers that pad with NUL begin a live record with it.
_LIVE, _DELETED, _PADDED = 0x20, 0x2A, 0x00
_DRIVER_AT = 29
_OTHER_KINDS = {
    b"PK\x03\x04": "ZIP", b"\xd0\xcf\x11\xe0": "Excel", b"%PDF": "PDF", b"Rar!": "RAR",
    b"7z\xbc\xaf": "7-Zip", b"\x1f\x8b\x08": "GZIP", b"<htm": "HTML", b"<!DO": "HTML", b"<?xm": "XML",
}  # fmt: skip
# What programs leave after the last record: blanks, NUL, 0F and ends of file or line.
_NOT_PADDING = re.compile(rb"[^\0\x0f \x1a\r\n]")
_TEXTS = "CNFD"
_BLANKS, _BLANKS_OR_ZEROS = b" \0", b" \x000."


@dataclass(frozen=True, slots=True)
class Table:
    """A table without its deleted and blank records: its columns by name, and each record's number.

    Columns whose cells are not text, such as memos, are in `unreadable`.
    """

    columns: Mapping[str, Column]
    unreadable: frozenset[str]
    driver: int
    numbers: Sequence[int]
    _head: Head = field(repr=False)
    _records: memoryview = field(repr=False)
    # One byte for each record, 0 where it is left out; None if no record is left out.
    _selectors: bytes | None = field(repr=False)
    _has_nul: bool = field(repr=False)
    # Where each column begins in a record.
    _places: Mapping[str, int] = field(repr=False)

    def read_cells(self, name: str) -> Iterator[bytes]:
        """Yield the cells of a column as text, one record at a time. Raises KeyError for an unknown one."""
        column, cells = self.columns[name], self._list_stated_cells(name)
        if column.type in _TEXTS and self._has_nul:
            cells = map(cut_after_nul, cells)
        convert = get_converter(column, self._head)
        return map(convert, cells) if convert else cells

    def find_unread_texts(self, name: str) -> Iterator[tuple[int, bytes]]:
        """Yield record number and bytes of what stands after the end of a text, which no reader gets."""
        column = self.columns[name]
        if column.type in _TEXTS and self._has_nul:
            for number, cell in zip(self.numbers, self._list_stated_cells(name), strict=True):
                if rest := find_rest(cell):
                    yield number, rest

    def _list_stated_cells(self, name: str) -> Iterator[bytes]:
        """Yield the cells of a column, blank or cut where a hidden column says so."""
        cells = self._cut_cells(self.columns[name])
        if bits := find_hidden_bits(self._head.columns).get(name):
            return apply_hidden_bits(cells, self._cut_cells(self._head.columns[NULL_FLAGS]), bits)
        return cells

    def _cut_cells(self, column: Column) -> Iterator[bytes]:
        before = self._places[column.name]
        after = self._head.width - before - column.width
        cut = struct.Struct(f"{before}x{column.width}s{after}x")
        cells: Iterator[bytes] = chain.from_iterable(cut.iter_unpack(self._records))
        return cells if self._selectors is None else compress(cells, self._selectors)


def read_table(data: bytes, expected: int | None = None) -> Table:
    """Return the table in the bytes of an xBase file.

    Records are counted from 1, deleted and blank ones included, as programs show them. `expected` is the
    number of records that another file states. It decides if the file's own number is not the number of
    records that are there. Raises DbfError before it takes any memory.
    """
    _refuse_other_kinds(data)
    head = read_head(data)
    if head.count > MAX_RECORDS:
        raise DbfError("too-many-records")
    count = _count_records(data, head, expected)
    selectors: bytes | None = _select_records(data, head, count)
    numbers: Sequence[int] = range(1, count + 1)
    if selectors and 0 in selectors:
        numbers = list(compress(numbers, selectors))
    else:
        selectors = None
    readable = {name: column for name, column in head.columns.items() if is_readable(column)}
    unreadable = frozenset(head.columns) - frozenset(readable)
    end = head.start + count * head.width
    records, has_nul = memoryview(data)[head.start : end], data.find(0, head.start, end) >= 0
    ends = accumulate((column.width for column in head.columns.values()), initial=1)
    places = dict(zip(head.columns, ends, strict=False))
    return Table(readable, unreadable, head.driver, numbers, head, records, selectors, has_nul, places)


def _refuse_other_kinds(data: bytes) -> None:
    if not data:
        raise DbfError("empty")
    if len(data) > MAX_BYTES:
        raise DbfError("too-large")
    for beginning, kind in _OTHER_KINDS.items():
        if data.startswith(beginning):
            raise DbfError("other-kind", kind=kind)


def _count_records(data: bytes, head: Head, expected: int | None) -> int:
    """Return the number of records, which is the stated one or the one that is there."""
    end = head.start + head.count * head.width
    marks = data[head.start : end : head.width]
    has_all = len(data) >= end and not marks.strip(bytes([_LIVE, _DELETED, _PADDED]))
    if has_all and (len(data) == end or data[end] in {_END_OF_FILE, 0} or _is_padding(data, end)):
        return head.count
    there = _count_marked(data, head)
    counts = [head.count, there] if has_all else [there]
    if not has_all and not _is_end(data, head.start + there * head.width):
        raise DbfError("cut-short")
    if expected is not None and there <= MAX_RECORDS:
        for count in counts:
            if sum(_select_records(data, head, count)) == expected:
                return count
    raise DbfError("cut-short")


def _count_marked(data: bytes, head: Head) -> int:
    """Return the number of whole records from the first one on that begin with a mark."""
    whole = min(max(0, len(data) - head.start) // head.width, MAX_RECORDS + 1)
    marks = data[head.start : head.start + whole * head.width : head.width]
    return len(marks) - len(marks.lstrip(bytes([_LIVE, _DELETED])))


def _is_end(data: bytes, place: int) -> bool:
    return len(data) <= place or data[place] == _END_OF_FILE or _is_padding(data, place)


def _is_padding(data: bytes, place: int) -> bool:
    return _NOT_PADDING.search(data, place) is None


def _select_records(data: bytes, head: Head, count: int) -> bytes:
    """Return one byte for each of the first records, 0 where it is deleted or blank."""
    end = head.start + count * head.width
    cut = struct.Struct(f"{head.width}s")
    return bytes(
        record[0] != _DELETED and not _is_blank(record, head)
        for (record,) in cut.iter_unpack(memoryview(data)[head.start : end])
    )


def _is_blank(record: bytes, head: Head) -> bool:
    """Return whether a record states nothing: its texts are blank, and its numbers blank or zero."""
    if record.strip(_BLANKS_OR_ZEROS):
        return False
    if not record.strip(_BLANKS):
        return True
    place = 1
    for column in head.columns.values():
        if column.type not in "NF" and record[place : place + column.width].strip(_BLANKS):
            return False
        place += column.width
    return True


def write_table(
    columns: Sequence[Column], records: Iterable[Sequence[bytes]], *, driver: int, changed: date
) -> bytes:
    """Return a dBase III file of records whose cells already have their column's width.

    driver is the language driver's byte, changed the date of the last change that the header carries.
    """
    body = [b" " + b"".join(record) for record in records]
    width = 1 + sum(column.width for column in columns)
    start = _HEADER.size + _COLUMN.size * len(columns) + 1
    head = bytearray(
        _HEADER.pack(_DBASE_III, changed.year - 1900, changed.month, changed.day, len(body), start, width)
    )
    head[_DRIVER_AT] = driver
    for column in columns:
        head += _COLUMN.pack(column.name.encode("latin-1"), column.type.encode("ascii"), column.width, 0)
    head.append(END_OF_COLUMNS)
    return bytes(head) + b"".join(body) + bytes([_END_OF_FILE])
