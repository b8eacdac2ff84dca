"""An independent writer of xBase tables in all dialects. It shares no code with the reader."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

DBASE_II, DBASE_7 = "II", "7"
VERSIONS = {
    "FoxBASE": 0x02, "dBase III": 0x03, "dBase IV": 0x04, "dBase V": 0x05, "Visual FoxPro": 0x30,
    "Visual FoxPro with counter": 0x31, "Visual FoxPro with varchar": 0x32, "dBase IV SQL": 0x43,
    "dBase III with memo": 0x83, "dBase IV with memo": 0x8B, "FoxPro with memo": 0xF5,
    "FoxBASE with memo": 0xFB,
}  # fmt: skip


class XColumn(NamedTuple):
    """A column as described in a file."""

    name: str
    kind: str
    width: int
    decimals: int = 0
    flags: int = 0


@dataclass(frozen=True)
class Dialect:
    """What a program writes differently from others."""

    version: int = 0x03
    layout: str = "III"
    backlink: bool = False
    lower: bool = False
    terminator: bytes = b"\r"
    is_terminator_counted: bool = True
    end: bytes = b"\x1a"
    pad: bytes = b" "
    mark: bytes = b" "
    driver: int = 0
    stated: int | None = None
    # Records before, between and after the others.
    before: Sequence[bytes] = field(default_factory=tuple)
    between: Sequence[bytes] = field(default_factory=tuple)
    after: Sequence[bytes] = field(default_factory=tuple)


def write_cell(column: XColumn, value: bytes, pad: bytes) -> bytes:
    """Return a cell: numbers on the right, texts on the left, binary cells as they are."""
    if column.kind in "NF":
        return value.rjust(column.width, pad)
    return value.ljust(column.width, pad)


def write_xbase(columns: Sequence[XColumn], rows: Sequence[Sequence[bytes]], dialect: Dialect) -> bytes:
    """Return the bytes of a table; the rows have a cell for each column."""
    records = [
        dialect.mark + b"".join(write_cell(*pair, dialect.pad) for pair in zip(columns, row, strict=True))
        for row in rows
    ]
    records = [*dialect.before, *records[:1], *dialect.between, *records[1:], *dialect.after]
    count = len(records) if dialect.stated is None else dialect.stated
    return _write_head(columns, count, dialect) + b"".join(records) + dialect.end


def _write_head(columns: Sequence[XColumn], count: int, dialect: Dialect) -> bytes:
    width = 1 + sum(column.width for column in columns)
    names = [(c.name.lower() if dialect.lower else c.name).encode() for c in columns]
    if dialect.layout == DBASE_II:
        head = struct.pack("<BH3BH", dialect.version, count, 6, 10, 94, width)
        for name, column in zip(names, columns, strict=True):
            head += name.ljust(11, b"\0") + column.kind.encode() + struct.pack("<BHB", column.width, 0, 0)
        return (head + dialect.terminator).ljust(521, b"\0")
    described = b""
    place = 1
    for name, column in zip(names, columns, strict=True):
        size, decimals = column.width % 256, column.decimals + column.width // 256
        if dialect.layout == DBASE_7:
            described += name.ljust(32, b"\0") + column.kind.encode() + bytes([size, decimals]) + bytes(13)
        else:
            described += (
                name.ljust(11, b"\0") + column.kind.encode() + struct.pack("<L", place)
                + bytes([size, decimals, column.flags]) + bytes(13)
            )  # fmt: skip
        place += column.width
    tail = described + dialect.terminator + bytes(263 if dialect.backlink else 0)
    before = 68 if dialect.layout == DBASE_7 else 32
    start = before + len(tail) - (0 if dialect.is_terminator_counted else len(dialect.terminator))
    head = struct.pack("<4BLHH17xB2x", dialect.version, 124, 10, 6, count, start, width, dialect.driver)
    return head.ljust(before, b"\0") + tail
