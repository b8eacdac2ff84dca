"""xBase tables: dbfread reads ours, we read those of other programs, and malformed ones are refused."""

import struct
from contextlib import suppress
from datetime import date
from pathlib import Path

import dbfread
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.records.lists.dbf import MAX_BYTES, Column, DbfError, Table, read_table, write_table

NAME, AGE = Column("NAME", "C", 6), Column("AGE", "N", 3)
TWO = write_table(
    [NAME, AGE], [(b"ALI   ", b" 30"), (b"HASAN ", b"  7")], driver=0x7E, changed=date(2024, 10, 6)
)


def read_reason(data: bytes) -> str:
    with pytest.raises(DbfError) as error:
        read_table(data)
    return error.value.reason


def read_all_cells(table: Table) -> dict[str, tuple[bytes, ...]]:
    return {name: tuple(table.read_cells(name)) for name in table.columns}


def change_bytes(data: bytes, place: int, value: bytes) -> bytes:
    return data[:place] + value + data[place + len(value) :]


def test_what_is_written_is_read() -> None:
    table = read_table(TWO)
    assert read_all_cells(table) == {"NAME": (b"ALI   ", b"HASAN "), "AGE": (b" 30", b"  7")}
    assert (table.driver, list(table.numbers), table.columns["AGE"]) == (0x7E, [1, 2], AGE)


def test_another_reader_reads_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "two.dbf").write_bytes(TWO)
    table = dbfread.DBF(str(tmp_path / "two.dbf"))
    assert [dict(record) for record in table] == [{"NAME": "ALI", "AGE": 30}, {"NAME": "HASAN", "AGE": 7}]
    assert (table.encoding, table.date) == ("cp1256", date(2024, 10, 6))


def test_a_table_made_by_hand_is_read() -> None:
    """Lower-case name, memory addresses left in the column, longer header, deleted record, no end mark."""
    head = struct.pack("<BBBBIHH20x", 3, 99, 1, 1, 2, 32 + 32 + 2, 1 + 3)
    column = b"dsk_id\0junk"[:11] + b"C" + b"\x12\x34\x56\x78" + bytes([3, 0]) + bytes(14)
    table = read_table(head + column + b"\x0d\x00" + b"*OLD" + b" NEW")
    assert read_all_cells(table) == {"DSK_ID": (b"NEW",)}
    assert list(table.numbers) == [2]


def test_an_empty_table_is_read() -> None:
    table = read_table(write_table([NAME], [], driver=0, changed=date(2024, 1, 1)))
    assert read_all_cells(table) == {"NAME": ()}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"PK\x03\x04" + bytes(100), "other-kind"),
        (b"%PDF-1.7" + bytes(100), "other-kind"),
        (b"hello world", "not-dbase-3"),
        (change_bytes(TWO, 0, b"\x01"), "not-dbase-3"),
        (change_bytes(TWO, 0, b"\xff"), "not-dbase-3"),
        (TWO[:20], "cut-short"),
        (TWO[:60], "cut-short"),
        (TWO[:-5], "cut-short"),
        (TWO[:-1] + b" MORE  11", "cut-short"),
        (change_bytes(TWO, 4, b"\x05"), "cut-short"),
        (change_bytes(TWO, 4, b"\x01"), "cut-short"),
        (change_bytes(TWO, 97, b"?"), "cut-short"),
        (change_bytes(TWO, 4, b"\xff\xff\xff\x7f"), "too-many-records"),
        (change_bytes(TWO, 10, b"\x00\x00"), "bad-columns"),
        (change_bytes(TWO, 10, b"\xff\xff"), "bad-columns"),
        (change_bytes(TWO, 8, b"\x00\x00"), "bad-columns"),
        (change_bytes(TWO, 8, b"\x50\x00"), "bad-columns"),
        (change_bytes(TWO, 64, b"NAME\0"), "bad-columns"),
        (b"\x03" + bytes(MAX_BYTES), "too-large"),
    ],
)
def test_malformed_table_is_refused_by_reason(data: bytes, reason: str) -> None:
    assert read_reason(data) == reason


@given(st.binary(max_size=200), st.integers(0, len(TWO)))
def test_random_bytes_are_read_or_refused(noise: bytes, place: int) -> None:
    with suppress(DbfError):
        table = read_table(change_bytes(TWO, place, noise))
        assert {len(cells) for cells in read_all_cells(table).values()} == {len(table.numbers)}
