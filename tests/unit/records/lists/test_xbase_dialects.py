"""Tables of every xBase dialect, by an independent writer: the cells that are read are those written."""

import struct
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.records.lists.dbf import DbfError, Table, read_table
from tests.fakes.xbase import DBASE_7, DBASE_II, VERSIONS, Dialect, XColumn, write_xbase

COLUMNS = [XColumn("DSW_LNAME", "C", 12), XColumn("DSW_DD", "N", 2), XColumn("DSW_MASH", "N", 12)]
ROWS = [[b"ALI", b"30", b"80000000"], [b"HASAN", b"7", b"0"], [b"", b"1", b"5"]]
WIDTH = 27
VFP = {0x30, 0x31, 0x32}


def read_rows(table: Table) -> list[list[bytes]]:
    cells = (map(bytes.strip, table.read_cells(column.name), [b" \0"] * 9) for column in COLUMNS)
    return [list(row) for row in zip(*cells, strict=True)]


def read_dialect(dialect: Dialect, expected: int | None = None) -> Table:
    return read_table(write_xbase(COLUMNS, ROWS, dialect), expected)


def read_reason(dialect: Dialect, expected: int | None = None) -> str:
    with pytest.raises(DbfError) as error:
        read_dialect(dialect, expected)
    return error.value.reason


@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
@pytest.mark.parametrize("backlink", [False, True])
def test_every_version_whose_cells_are_text_is_read(version: int, backlink: bool) -> None:
    table = read_dialect(Dialect(version, backlink=backlink, driver=0x7E))
    assert (read_rows(table), list(table.numbers), table.driver) == (ROWS, [1, 2, 3], 0x7E)


@pytest.mark.parametrize(("version", "layout"), [(0x02, DBASE_II), (0x04, DBASE_7), (0x8C, DBASE_7)])
def test_versions_with_another_layout_of_the_header_are_read(version: int, layout: str) -> None:
    assert read_rows(read_dialect(Dialect(version, layout=layout, lower=True))) == ROWS


def test_the_most_columns_of_dbase_ii_need_no_mark_after_them() -> None:
    columns = [XColumn(f"C{number}", "C", 3) for number in range(32)]
    table = read_table(
        write_xbase(columns, [[b"abc"] * 32], Dialect(0x02, layout=DBASE_II, terminator=b"\0"))
    )
    assert list(table.read_cells("C31")) == [b"abc"]


@pytest.mark.parametrize(
    "end", [b"", b"\x1a", b"\x1a\x1a\0", b"\0" * 99, b"\x0f" * 40, b" " * 100, b"\r\n\x1a"]
)
@pytest.mark.parametrize("pad", [b" ", b"\0"])
@pytest.mark.parametrize("mark", [b" ", b"\0"])
def test_bytes_after_the_last_record_and_padding_make_no_difference(
    end: bytes, pad: bytes, mark: bytes
) -> None:
    assert read_rows(read_dialect(Dialect(end=end, pad=pad, mark=mark))) == ROWS


@pytest.mark.parametrize("terminator", [b"\r", b"\r\0", b"\r\0\0\0"])
@pytest.mark.parametrize("counted", [True, False])
def test_the_mark_after_the_columns_is_found(terminator: bytes, counted: bool) -> None:
    if counted or terminator == b"\r":
        dialect = Dialect(terminator=terminator, is_terminator_counted=counted)
        assert read_rows(read_dialect(dialect)) == ROWS


BLANKS = [b" " * WIDTH, b"\0" * WIDTH, b" " + b"\0" * (WIDTH - 1), b" " + b" " * 12 + b" 0        0.00"]


@pytest.mark.parametrize("blank", BLANKS)
def test_blank_records_are_left_out_wherever_they_are(blank: bytes) -> None:
    table = read_dialect(Dialect(before=[blank], between=[blank], after=[blank, blank]))
    assert (read_rows(table), list(table.numbers)) == (ROWS, [2, 4, 5])


def test_a_record_with_a_code_of_zeros_is_not_blank() -> None:
    zeros = b" " + b"0".ljust(12) + b" 0" + b"0".rjust(12)
    assert len(read_dialect(Dialect(after=[zeros])).numbers) == 4


def test_deleted_records_are_left_out() -> None:
    deleted = b"*" + b"OLD".ljust(12) + b"31" + b"99".rjust(12)
    table = read_dialect(Dialect(before=[deleted], between=[deleted], after=[deleted]))
    assert (read_rows(table), list(table.numbers)) == (ROWS, [2, 4, 5])


@pytest.mark.parametrize("stated", [0, 1, 2, 4, 9])
@pytest.mark.parametrize("end", [b"", b"\x1a", b"\x1a\0\0", b"\0\0"])
def test_a_wrong_number_of_records_is_mended_if_the_other_file_states_the_right_one(
    stated: int, end: bytes
) -> None:
    dialect = Dialect(stated=stated, end=end)
    assert read_rows(read_dialect(dialect, expected=3)) == ROWS
    assert read_reason(dialect) == "cut-short"
    assert read_reason(dialect, expected=7) == "cut-short"


def test_records_beyond_the_stated_number_are_left_out_if_the_other_file_says_so() -> None:
    """Some programs write a shorter list over a longer one and leave its end in the file."""
    for end in (b"\x1a", b"~rubbish~", b" HALF A RECORD"):
        assert read_rows(read_dialect(Dialect(stated=2, end=end), expected=2)) == ROWS[:2]


@pytest.mark.parametrize("cut", range(1, WIDTH))
def test_a_file_that_ends_inside_a_record_is_cut_short(cut: int) -> None:
    data = write_xbase(COLUMNS, ROWS, Dialect(end=b""))[:-cut]
    for expected in (None, 3):
        with pytest.raises(DbfError, match="cut-short"):
            read_table(data, expected)


def test_texts_wider_than_255_bytes_are_read() -> None:
    columns = [XColumn("NOTE", "C", 300), *COLUMNS]
    table = read_table(write_xbase(columns, [[b"x" * 300, *ROWS[0]]], Dialect(0xF5)))
    assert (read_rows(table), list(table.read_cells("NOTE"))) == (ROWS[:1], [b"x" * 300])


@pytest.mark.parametrize("kind", "MGPWQ0")
def test_memo_and_other_columns_without_text_are_unreadable(kind: str) -> None:
    columns = [COLUMNS[0], XColumn("MEMO", kind, 4), *COLUMNS[1:]]
    rows = [[row[0], b"\x01\x02\x03\x04", *row[1:]] for row in ROWS]
    table = read_table(write_xbase(columns, rows, Dialect(0x30, backlink=True)))
    assert read_rows(table) == ROWS
    assert (set(table.unreadable), "MEMO" in table.columns) == ({"MEMO"}, False)


BINARY = [
    (0x30, XColumn("X", "I", 4), struct.pack("<i", 80_000_000), b"80000000"),
    (0x30, XColumn("X", "I", 4), struct.pack("<i", -5), b"-5"),
    (0x31, XColumn("X", "I", 4), bytes(4), b"0"),
    (0x04, XColumn("X", "I", 4), b"\x80\0\0\x07", b"7"),
    (0x8C, XColumn("X", "+", 4), b"\x7f\xff\xff\xff", b"-1"),
    (0x30, XColumn("X", "B", 8), struct.pack("<d", 2_500_000.0), b"2500000"),
    (0x30, XColumn("X", "B", 8), struct.pack("<d", 0.5), b"0.5"),
    (0x30, XColumn("X", "B", 8), struct.pack("<d", float("nan")), b"nan"),
    (0x30, XColumn("X", "Y", 8), struct.pack("<q", 800_000_000_000), b"80000000.0000"),
    (0x30, XColumn("X", "T", 8), struct.pack("<ii", 2_444_726, 0), b"13600211"),
    (0x30, XColumn("X", "T", 8), bytes(8), b""),
    (0x30, XColumn("X", "T", 8), b" " * 8, b""),
    (0x03, XColumn("X", "D", 8), b"19810501", b"13600211"),
    (0x03, XColumn("X", "D", 8), b"13600211", b"13600211"),
    (0x03, XColumn("X", "D", 8), b"        ", b""),
    (0x03, XColumn("X", "F", 12), b"80000000", b"80000000"),
]  # fmt: skip


@pytest.mark.parametrize(("version", "column", "stored", "text"), BINARY)
def test_binary_cells_become_the_text_of_a_list(
    version: int, column: XColumn, stored: bytes, text: bytes
) -> None:
    layout = DBASE_7 if version in {0x04, 0x8C} else "III"
    columns = [*COLUMNS, column]
    table = read_table(write_xbase(columns, [[*ROWS[0], stored]], Dialect(version, layout=layout)))
    assert [cell.strip() for cell in table.read_cells("X")] == [text]


def test_day_of_the_binary_example_is_that_day() -> None:
    assert date(1981, 5, 1).toordinal() == 2_444_726 - 1_721_425


def test_rubbish_after_the_end_of_a_text_is_left_out() -> None:
    rows = [[b"ALI\0HASAN\0", b"7\0", b"8\x0012"], [b"\0\0 ALI\0~", b"\x007", b"8\0\0\xff"]]
    table = read_table(write_xbase(COLUMNS, rows, Dialect()))
    assert read_rows(table) == [[b"ALI", b"7", b"8"]] * 2


def test_varchar_and_null_cells_are_read_by_the_hidden_column() -> None:
    """A varchar that does not fill its column has its length in its last byte."""
    columns = [
        XColumn("PLAIN", "C", 4),
        XColumn("LONG", "V", 8, flags=2),
        XColumn("SUM", "N", 4, flags=2),
        XColumn("_NullFlags", "0", 1, flags=5),
    ]
    rows = [
        [b"a", b"12345678", b"7", b"\0"],
        [b"b", b"abc\0\0\0\0\x03", b"8", b"\1"],
        [b"c", b"\0\0\0\0\0\0\0\0", b"9", b"\3"],
        [b"d", b"xyz\0\0\0\0\xff", b"", b"\5"],
    ]
    table = read_table(write_xbase(columns, rows, Dialect(0x32, backlink=True)))
    assert list(table.read_cells("PLAIN")) == [b"a   ", b"b   ", b"c   ", b"d   "]
    assert list(table.read_cells("LONG")) == [b"12345678", b"abc", b"", b"xyz\0\0\0\0"]
    assert list(table.read_cells("SUM")) == [b"   7", b"   8", b"   9", b""]


@given(
    version=st.sampled_from(sorted(VERSIONS.values())),
    names=st.lists(st.sampled_from(COLUMNS), min_size=3, max_size=3, unique=True),
    backlink=st.booleans(),
    lower=st.booleans(),
    pad=st.sampled_from([b" ", b"\0"]),
    end=st.sampled_from([b"", b"\x1a", b"\0", b"\x0f\x0f", b"  ", b"\r\n"]),
    places=st.tuples(*[st.lists(st.sampled_from(BLANKS[:3]), max_size=2)] * 3),
    rows=st.lists(
        st.tuples(st.text("abcXYZ", min_size=1, max_size=12), st.integers(0, 31), st.integers(0, 10**12 - 1)),
        max_size=5,
    ),
)
def test_cells_round_trip_in_every_combination_of_habits(
    version: int, names: list[XColumn], backlink: bool, lower: bool, pad: bytes, end: bytes,
    places: tuple[list[bytes], list[bytes], list[bytes]], rows: list[tuple[str, int, int]],
) -> None:  # fmt: skip
    before, between, after = places
    dialect = Dialect(
        version, backlink=backlink, lower=lower, pad=pad, end=end, before=before, between=between, after=after
    )
    cells = [
        dict(zip((column.name for column in COLUMNS), map(str.encode, map(str, row)), strict=True))
        for row in rows
    ]
    table = read_table(write_xbase(names, [[row[c.name] for c in names] for row in cells], dialect))
    assert read_rows(table) == [list(row.values()) for row in cells]
