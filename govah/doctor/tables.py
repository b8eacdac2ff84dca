"""A list's table whose cells can be changed; every other byte stays as it was.

A file that is already a whole dBase III table is edited in place. Another version, or one that is damaged
around its records, is written as dBase III first, since the original has no place for the right bytes.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.kit import dbf_head
from services.kit.dbf_head import Column
from services.records.lists.dbf import Table, read_table, write_table

DBASE_III = 0x03
END_OF_FILE = b"\x1a"
# Column types whose cells dBase III has too; the cells of others become text.
_KEPT_TYPES = frozenset("CNFDL")
_COUNT = struct.Struct("<L")
_COUNT_AT = 4
DELETED = ord("*")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cells of a column are in a record, and the column."""

    column: Column
    cut: slice


class EditableTable:
    """The records of a table as bytes that can be changed, between the bytes before and after them.

    `numbers` are the numbers of the records in the original file, from 1.
    """

    def __init__(self, data: bytes) -> None:
        """Read a whole dBase III table. Raises DbfError."""
        head = dbf_head.read_head(data)
        self.head = data[: head.start]
        end = head.start + head.count * head.width
        self.records = [bytearray(data[at : at + head.width]) for at in range(head.start, end, head.width)]
        self.numbers = list(range(1, head.count + 1))
        self.tail = data[end:]
        self.places: dict[str, Place] = {}
        before = 1
        for name, column in head.columns.items():
            self.places[name] = Place(column, slice(before, before + column.width))
            before += column.width

    def list_live(self) -> Iterator[tuple[int, bytearray]]:
        """Yield number and bytes of each record that is not deleted."""
        for number, record in zip(self.numbers, self.records, strict=True):
            if record[0] != DELETED:
                yield number, record

    def read_cell(self, record: bytearray, name: str) -> bytes:
        """Return the bytes of a cell without its padding."""
        return bytes(record[self.places[name].cut]).strip(b" \0")

    def has_room(self, name: str, value: bytes) -> bool:
        """Return whether the value fits into the column."""
        return len(value) <= self.places[name].column.width

    def write_cell(self, record: bytearray, name: str, value: bytes) -> None:
        """Write a value that fits into the column, numbers on the right and texts on the left."""
        column = self.places[name].column
        is_number = column.type in "NF"
        record[self.places[name].cut] = value.rjust(column.width) if is_number else value.ljust(column.width)

    def remove_records(self, numbers: Sequence[int]) -> None:
        """Remove the records of these numbers."""
        removed = set(numbers)
        left = [pair for pair in zip(self.numbers, self.records, strict=True) if pair[0] not in removed]
        self.numbers, self.records = [number for number, _ in left], [record for _, record in left]

    def to_bytes(self) -> bytes:
        """Return the file."""
        head = bytearray(self.head)
        _COUNT.pack_into(head, _COUNT_AT, len(self.records))
        return bytes(head) + b"".join(self.records) + self.tail


def is_whole(data: bytes) -> bool:
    """Return whether this is a dBase III table whose records end where its header says."""
    head = dbf_head.read_head(data)
    end = head.start + head.count * head.width
    plain = head.version == DBASE_III and all(c.type in _KEPT_TYPES for c in head.columns.values())
    return plain and len(data) >= end and data[end:] in {b"", END_OF_FILE}


def rewrite_table(data: bytes, table: Table) -> bytes:
    """Return the table as dBase III: the same columns and cells, without deleted and blank records.

    Columns whose cells are not text are left out.
    """
    columns: list[Column] = []
    cells: list[list[bytes]] = []
    for name, column in table.columns.items():
        of_column = list(table.read_cells(name))
        keeps_width = column.type in _KEPT_TYPES
        width = column.width if keeps_width else max([1, *(len(cell) for cell in of_column)])
        target = Column(name, column.type if keeps_width else "C", min(width, 254))
        columns.append(target)
        cells.append([_fill_cell(cell, target) for cell in of_column])
    return write_table(columns, zip(*cells, strict=True), driver=table.driver, changed=_read_change(data))


def _fill_cell(cell: bytes, column: Column) -> bytes:
    cut = cell.replace(b"\0", b" ")[: column.width]
    return cut.strip().rjust(column.width) if column.type in "NF" else cut.ljust(column.width)


def _read_change(data: bytes) -> date:
    """Return the date of the last change that the file states, or the first day of its year."""
    year, month, day = 1900 + data[1], data[2], data[3]
    try:
        return date(year, month, day)
    except ValueError:
        return date(2000, 1, 1)


def open_table(data: bytes, expected: int | None) -> tuple[EditableTable, bool]:
    """Return the table, and whether it had to be written as dBase III first. Raises DbfError."""
    table = read_table(data, expected)
    if is_whole(data):
        return EditableTable(data), False
    return EditableTable(rewrite_table(data, table)), True
