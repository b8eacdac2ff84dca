"""The headers of xBase files: their version bytes, layouts and columns. `records` and the portal call it.

dBase II, III to V, FoxPro, Visual FoxPro and dBase 7 describe the same kind of table in three layouts. A
version byte does not prove the layout, because programs write 0x02 and 0x04 before the layout of dBase III as
well. So each layout that a version may have is tried until the columns add up to the width of a record.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

MAX_COLUMNS = 256  # dBase III has 128, its successors 255; the widest list seen has some 40

# The versions of xBase whose cells are text, with memo files or without.
VERSIONS = bytes.fromhex("02 03 04 05 30 31 32 43 63 7b 83 87 8b 8c 8e b3 cb e5 f5 fb")
VISUAL_FOXPRO = frozenset({0x30, 0x31, 0x32})
END_OF_COLUMNS = 0x0D

_DBASE_II = 0x02
_DBASE_7 = frozenset({0x04, 0x8C})
_DRIVER_AT = 29
# Bytes of the longest header, whose length has two bytes.
_LONGEST = 65_535


class DbfError(ValueError):
    """The bytes cannot be read as a table; reason names the wording of the finding."""

    def __init__(self, reason: str, kind: str = "") -> None:
        """Store the wording's name and, if known, the other kind of file that this is."""
        super().__init__(reason)
        self.reason, self.kind = reason, kind


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its type (C, N, …), its width in bytes and the flags of Visual FoxPro."""

    name: str
    type: str
    width: int
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """The header of a file: the stated number of records, where they start, their width, their columns."""

    version: int
    driver: int
    count: int
    start: int
    width: int
    columns: Mapping[str, Column]


class _Described(NamedTuple):
    """A column as described: decimals is the high byte of the width in columns of text beyond 255 bytes."""

    name: bytes
    type: str
    width: int
    decimals: int
    flags: int = 0


class _Layout(NamedTuple):
    head: struct.Struct
    columns_at: int
    column: struct.Struct
    # The fixed start of the records, where the header does not state it.
    start: int | None = None
    # The number of columns after which no mark is needed, because there cannot be more.
    needs_no_end_at: int | None = None


_III = _Layout(struct.Struct("<4xLHH20x"), 32, struct.Struct("<11sc4xBBB13x"))
_II = _Layout(struct.Struct("<xH3xH"), 8, struct.Struct("<11scB2xB"), start=521, needs_no_end_at=32)
_7 = _Layout(struct.Struct("<4xLHH20x"), 68, struct.Struct("<32scBB13x"))


def read_head(data: bytes) -> Head:
    """Return the header of an xBase file, of whose bytes only the first may be given. Raises DbfError."""
    return _read_head(bytes(data[:_LONGEST]))


# A list's file is asked for its header several times.
@lru_cache(8)
def _read_head(data: bytes) -> Head:
    if not data or data[0] not in VERSIONS:
        raise DbfError("not-dbase-3")
    if len(data) < _III.columns_at:
        raise DbfError("cut-short")
    first: DbfError | None = None
    for layout in _list_layouts(data[0]):
        try:
            return _read_layout(data, layout)
        except DbfError as error:
            first = first or error
    assert first
    raise first


def _list_layouts(version: int) -> Iterator[_Layout]:
    yield _III
    if version == _DBASE_II:
        yield _II
    if version in _DBASE_7:
        yield _7


def _read_layout(data: bytes, layout: _Layout) -> Head:
    if layout.start is None:
        count, start, width = layout.head.unpack_from(data)
        driver = data[_DRIVER_AT]
    else:
        (count, width), start, driver = layout.head.unpack_from(data), layout.start, 0
    if len(data) < start:
        raise DbfError("cut-short")
    described, end = _read_columns(data, start, layout)
    columns = _build_columns(described, width)
    if end == start:  # Some writers leave the mark after the columns out of the size of the header.
        start += 1
    return Head(data[0], driver, count, start, width, columns)


def _read_columns(data: bytes, start: int, layout: _Layout) -> tuple[list[_Described], int]:
    """Return the described columns, and where they end."""
    described: list[_Described] = []
    place, size = layout.columns_at, layout.column.size
    while place < start and data[place] != END_OF_COLUMNS and len(described) != layout.needs_no_end_at:
        if place + size > start or len(described) == MAX_COLUMNS:
            raise DbfError("bad-columns")
        name, kind, *rest = layout.column.unpack_from(data, place)
        described.append(_Described(name, kind.decode("ascii", "replace").upper(), *rest))
        place += size
    has_end = len(described) == layout.needs_no_end_at or data[place : place + 1] == bytes([END_OF_COLUMNS])
    if not described or not has_end or place > start:
        raise DbfError("bad-columns")
    return described, place


def _build_columns(described: list[_Described], width: int) -> dict[str, Column]:
    """Return the columns by name. Raises DbfError unless they add up to the width of a record."""
    for is_wide in (False, True):
        columns: dict[str, Column] = {}
        for column in described:
            # Other programs name columns in any code page; one character a byte keeps them apart.
            name = column.name.partition(b"\0")[0].strip().upper().decode("latin-1")
            size = column.width + (256 * column.decimals if is_wide and column.type == "C" else 0)
            if name in columns or size == 0:
                break
            columns[name] = Column(name, column.type, size, column.flags)
        else:
            if width == 1 + sum(column.width for column in columns.values()):
                return columns
    raise DbfError("bad-columns")
