"""dBase III tables from and to bytes, without meaning. The parser and the writer of lists call it.

dbfread opens only paths, trusts their content and calls a parser for each cell. A list comes as bytes from
outside. Here a table remains the bytes that came: the cells of a column are cut out one record at a time
while they are read. So no file takes more memory than its own bytes until the caller stores its values.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, compress

from services.kit.sizes import LARGEST_FILE

MAX_BYTES = LARGEST_FILE
MAX_RECORDS = 99_999  # DSK_NUM, the header's count of workers, has five digits
MAX_COLUMNS = 256  # dBase III has 128, its successors 255; the widest list seen has some 40

_DBASE_III = 0x03
_HEADER = struct.Struct("<4BLHH20x")
_COLUMN = struct.Struct("<11sc4xB15x")
_END_OF_COLUMNS, _END_OF_FILE = 0x0D, 0x1A
_LIVE, _DELETED = 0x20, 0x2A
_SELECTORS = bytes.maketrans(bytes([_LIVE, _DELETED]), b"\1\0")
_DRIVER_AT = 29
_OTHER_KINDS = {b"PK\x03\x04": "ZIP", b"\xd0\xcf\x11\xe0": "Excel", b"%PDF": "PDF", b"Rar!": "RAR"}


class DbfError(ValueError):
    """The bytes cannot be read as a table; reason names the wording of the finding."""

    def __init__(self, reason: str, kind: str = "") -> None:
        """Store the wording's name and, if known, the other kind of file that this is."""
        super().__init__(reason)
        self.reason, self.kind = reason, kind


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its type (C, N, …) and its width in bytes."""

    name: str
    type: str
    width: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table without its deleted records: its columns by name, and each record's number in the file."""

    columns: Mapping[str, Column]
    driver: int
    numbers: Sequence[int]
    _records: memoryview = field(repr=False)
    # One byte for each record, 0 where it is deleted; None if no record is deleted.
    _selectors: bytes | None = field(repr=False)

    def read_cells(self, name: str) -> Iterator[bytes]:
        """Yield the raw cells of a column, one record at a time. Raises KeyError for an unknown one."""
        column, before = self.columns[name], 1
        for other in self.columns.values():
            if other is column:
                break
            before += other.width
        after = 1 + sum(other.width for other in self.columns.values()) - before - column.width
        cut = struct.Struct(f"{before}x{column.width}s{after}x")
        cells: Iterator[bytes] = chain.from_iterable(cut.iter_unpack(self._records))
        return cells if self._selectors is None else compress(cells, self._selectors)


def read_table(data: bytes) -> Table:
    """Return the table in the bytes of a dBase III file.

    Records are counted from 1, deleted ones included, as programs show them. Raises DbfError before it takes
    any memory.
    """
    _refuse_other_kinds(data)
    _, _, _, _, count, start, width = _HEADER.unpack_from(data)
    if count > MAX_RECORDS:
        raise DbfError("too-many-records")
    columns = _read_columns(data, start)
    if width != 1 + sum(column.width for column in columns.values()):
        raise DbfError("bad-columns")
    end = start + count * width
    if len(data) < end or (len(data) > end and data[end] not in {_END_OF_FILE, 0}):
        raise DbfError("cut-short")
    marks = data[start:end:width]
    if not set(marks) <= {_LIVE, _DELETED}:
        raise DbfError("cut-short")
    numbers: Sequence[int] = range(1, count + 1)
    selectors = None
    if _DELETED in marks:
        selectors = marks.translate(_SELECTORS)
        numbers = list(compress(numbers, selectors))
    return Table(columns, data[_DRIVER_AT], numbers, memoryview(data)[start:end], selectors)


def _refuse_other_kinds(data: bytes) -> None:
    if not data:
        raise DbfError("empty")
    if len(data) > MAX_BYTES:
        raise DbfError("too-large")
    if kind := _OTHER_KINDS.get(data[:4]):
        raise DbfError("other-kind", kind=kind)
    if data[0] != _DBASE_III:
        raise DbfError("not-dbase-3")
    if len(data) < _HEADER.size:
        raise DbfError("cut-short")


def _read_columns(data: bytes, start: int) -> dict[str, Column]:
    if len(data) < start:
        raise DbfError("cut-short")
    columns: dict[str, Column] = {}
    place = _HEADER.size
    while place < start and data[place] != _END_OF_COLUMNS:
        if place + _COLUMN.size > start:
            raise DbfError("bad-columns")
        raw_name, raw_type, width = _COLUMN.unpack_from(data, place)
        name = raw_name.partition(b"\0")[0].decode("ascii", "replace").strip().upper()
        if name in columns or width == 0 or len(columns) == MAX_COLUMNS:
            raise DbfError("bad-columns")
        columns[name] = Column(name, raw_type.decode("ascii", "replace"), width)
        place += _COLUMN.size
    if not columns or place >= start:
        raise DbfError("bad-columns")
    return columns


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
        head += _COLUMN.pack(column.name.encode("ascii"), column.type.encode("ascii"), column.width)
    head.append(_END_OF_COLUMNS)
    return bytes(head) + b"".join(body) + bytes([_END_OF_FILE])
