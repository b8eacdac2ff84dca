"""The two files of a list: swapped, the same file twice, and tables whose rows are miscounted."""

from pathlib import Path

import pytest

from services.records.lists import ParsedList, read_list
from services.records.lists.dbf import Column
from services.records.lists.writers import Layout
from tests.fakes.lists import HASAN, MARYAM, get_only, list_codes, write_sample_list

CASES = Path(__file__).parent / "cases"
HEADER, WORKERS = write_sample_list(MARYAM, HASAN)


def read_case(name: str) -> ParsedList:
    folder = CASES / name
    return read_list((folder / "DSKKAR00.DBF").read_bytes(), (folder / "DSKWOR00.DBF").read_bytes())


def change_count(data: bytes, count: int) -> bytes:
    return data[:4] + count.to_bytes(4, "little") + data[8:]


def test_list_in_visual_foxpro_tables_is_read() -> None:
    parsed = read_case("01-vfp-0x30")
    assert not parsed.findings
    assert [(row.first_name, row.last_name) for row in parsed.rows] == [
        ("مریم", "رضایی مقدم"),
        ("حسن", "گودرزی"),
    ]


def test_swapped_files_are_read_all_the_same() -> None:
    parsed = read_case("18-swapped")
    assert (parsed.is_importable, parsed.swapped, parsed.findings) == (True, True, [])
    assert [row.last_name for row in parsed.rows] == ["رضایی مقدم", "گودرزی"]
    straight, swapped = read_list(HEADER, WORKERS), read_list(WORKERS, HEADER)
    assert (swapped.content_sha256, straight.swapped) == (straight.content_sha256, False)


def test_the_same_file_twice_is_one_finding() -> None:
    finding = get_only(read_list(WORKERS, WORKERS).findings)
    assert (finding.file, finding.code, finding.severity) == ("DSKKAR00.DBF", "files-swapped", "error")
    assert "DSKWOR00.DBF" in finding.message_fa
    assert list_codes(read_list(HEADER, HEADER)) == [("error", None, None, "files-swapped")]


def test_a_swapped_file_beside_an_unreadable_one_is_an_error() -> None:
    parsed = read_list(WORKERS, b"hello")
    assert [(finding.file, finding.code) for finding in parsed.findings] == [
        ("DSKKAR00.DBF", "files-swapped"),
        ("DSKWOR00.DBF", "not-dbf"),
    ]


def test_errors_of_swapped_files_name_the_file_by_its_content() -> None:
    parsed = read_list(WORKERS[:-100], HEADER)
    assert [(finding.file, finding.code) for finding in parsed.findings] == [("DSKWOR00.DBF", "truncated")]


@pytest.mark.parametrize("count", [0, 1, 3, 99_999])
def test_wrong_count_of_the_table_is_mended_by_the_header_file(count: int) -> None:
    for parsed in (
        read_list(HEADER, change_count(WORKERS, count)),
        read_list(change_count(HEADER, 0), WORKERS),
    ):
        assert not parsed.findings
        assert list(parsed.rows) == [MARYAM, HASAN]


def test_rows_that_are_missing_from_the_file_are_an_error() -> None:
    start, width = (int.from_bytes(WORKERS[at : at + 2], "little") for at in (8, 10))
    for end in (b"", b"\x1a", b"\0\0"):
        parsed = read_list(HEADER, WORKERS[: start + width] + end)
        assert [finding.code for finding in parsed.findings] == ["truncated"]


def test_birth_dates_and_late_fields_may_be_missing() -> None:
    parsed = read_case("08-no-DSW_BDATE-foxpro")
    assert not [finding for finding in parsed.findings if finding.severity == "error"]
    assert [(row.first_name, row.birth_date) for row in parsed.rows] == [("مریم", None), ("حسن", None)]


def test_memo_column_in_place_of_a_field_is_an_error() -> None:
    layout = Layout(without=("DSW_LNAME",), extra=(Column("DSW_LNAME", "M", 10), Column("NOTES", "M", 10)))
    finding = get_only(read_list(HEADER, write_sample_list(MARYAM, HASAN, layout=layout)[1]).findings)
    assert (finding.code, finding.field) == ("field-missing", "DSW_LNAME")
    assert "متن" in finding.message_fa


def test_memo_columns_beside_the_fields_are_ignored() -> None:
    layout = Layout(extra=(Column("NOTES", "M", 10), Column("PHOTO", "G", 10)))
    assert list(read_list(*write_sample_list(MARYAM, layout=layout)).rows) == [MARYAM]
