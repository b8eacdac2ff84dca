"""The cells of xBase columns that are not plain text, as the text that a list would have. `dbf` calls it.

Visual FoxPro and dBase 7 store integers, doubles, amounts and days as binary numbers, and state in a hidden
column which cells are null and how long a varchar is. Memo columns hold a place in another file, so they are
not columns of a list.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.kit.dbf_head import VISUAL_FOXPRO, Column, Head
from services.kit.jalali import format_list_date

NULL_FLAGS = "_NULLFLAGS"
_NULLABLE = 0x02
_UNREADABLE = frozenset("MGPWQ0O")
_SPACES = b" \0"
_BEFORE_YEAR_1 = 1_721_425  # the Julian day of the day before 0001-01-01
_FIRST_GREGORIAN_YEAR = 1_900  # an earlier year in a column of dates is Jalali
_LARGEST_DOUBLE = 1e15  # whole numbers up to here are exact

Converter = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class HiddenBits:
    """The bits of a column in the hidden column: which marks a null, which a varchar below its width."""

    null: int | None = None
    shorter: int | None = None


def is_readable(column: Column) -> bool:
    """Return whether the cells of a column can be read as text."""
    return column.type not in _UNREADABLE and not (column.type == "B" and column.width != 8)


def find_hidden_bits(columns: Mapping[str, Column]) -> dict[str, HiddenBits]:
    """Return the hidden bits of each column that has any; they are counted in the order of the columns."""
    if NULL_FLAGS not in columns:
        return {}
    bits: dict[str, HiddenBits] = {}
    place = 0
    for column in columns.values():
        shorter = null = None
        if column.type in "VQ":
            shorter, place = place, place + 1
        if column.flags & _NULLABLE:
            null, place = place, place + 1
        if (shorter, null) != (None, None):
            bits[column.name] = HiddenBits(null, shorter)
    return bits


def apply_hidden_bits(cells: Iterator[bytes], flags: Iterator[bytes], bits: HiddenBits) -> Iterator[bytes]:
    """Yield the cells, blank where they are null and cut where they are below their width."""
    for cell, flag in zip(cells, flags, strict=True):
        marks = int.from_bytes(flag, "little")
        if bits.null is not None and marks >> bits.null & 1:
            yield b""
        elif bits.shorter is not None and marks >> bits.shorter & 1:
            yield cell[: min(cell[-1], len(cell) - 1)]
        else:
            yield cell


def cut_after_nul(cell: bytes) -> bytes:
    """Return the text of a cell up to its first NUL: programs in C leave rubbish after the end of a text."""
    return cell.lstrip(_SPACES).partition(b"\0")[0] if 0 in cell else cell


def find_rest(cell: bytes) -> bytes:
    """Return what stands after the text of a cell and its first NUL, which is not read."""
    return cell.lstrip(_SPACES).partition(b"\0")[2].strip(_SPACES) if 0 in cell else b""


def get_converter(column: Column, head: Head) -> Converter | None:
    """Return the function from a binary cell of a column to text, or None if its cells are text."""
    is_big = head.version not in VISUAL_FOXPRO
    if column.type in "I+" and column.width == 4:
        return _read_big_integer if is_big else _read_integer
    if column.type == "B" and column.width == 8:
        return _read_double
    if column.type == "Y" and column.width == 8:
        return _read_amount
    if column.type in "T@" and column.width == 8:
        return _read_big_moment if is_big else _read_moment
    return _read_day if column.type == "D" and column.width == 8 else None


def _read_integer(cell: bytes) -> bytes:
    return str(int.from_bytes(cell, "little", signed=True)).encode()


def _read_big_integer(cell: bytes) -> bytes:
    """Return an integer of dBase 7, which stores the sign inverted so that its bytes can be sorted."""
    return str(int.from_bytes(cell, "big") - 2**31).encode() if any(cell) else b""


def _read_double(cell: bytes) -> bytes:
    number = struct.unpack("<d", cell)[0]
    is_whole = abs(number) < _LARGEST_DOUBLE and number == int(number)
    return str(int(number)).encode() if is_whole else repr(number).encode()


def _read_amount(cell: bytes) -> bytes:
    """Return an amount, which is stored in ten-thousandths."""
    amount = Decimal(int.from_bytes(cell, "little", signed=True)).scaleb(-4)
    return f"{amount:f}".encode()


def _read_moment(cell: bytes) -> bytes:
    return _format_day(int.from_bytes(cell[:4], "little"), cell)


def _read_big_moment(cell: bytes) -> bytes:
    """Return the day of a moment of dBase 7, which is a double of milliseconds from Julian day 0."""
    milliseconds = struct.unpack(">d", bytes([cell[0] ^ 0x80, *cell[1:]]))[0]
    return _format_day(int(milliseconds // 86_400_000) if 0 <= milliseconds < 1e18 else -1, cell)


def _format_day(julian: int, cell: bytes) -> bytes:
    if not cell.strip(_SPACES):
        return b""
    try:
        day = date.fromordinal(julian - _BEFORE_YEAR_1)
    except (ValueError, OverflowError):
        return cell.hex().encode()
    return _read_day(f"{day.year:04}{day.month:02}{day.day:02}".encode())


def _read_day(cell: bytes) -> bytes:
    """Return a day as lists write it; a column of dates has Gregorian days, unless its year is Jalali."""
    if not cell.isdigit() or int(cell[:4]) < _FIRST_GREGORIAN_YEAR:
        return cell
    try:
        return format_list_date(date(int(cell[:4]), int(cell[4:6]), int(cell[6:]))).encode()
    except ValueError:
        return cell
