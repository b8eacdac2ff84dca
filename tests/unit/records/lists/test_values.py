"""Values as the world writes them: blanks, dates, nationalities, and what a finding expected."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.jalali import format_jalali_date, parse_jalali_date
from services.records.lists import ParsedList, read_list
from services.records.lists.encodings import Encoding
from services.records.lists.fields import HEADER_FIELDS, WORKER_FIELDS, Kind
from services.records.lists.writers import Layout
from tests.fakes.lists import FOREIGNER, HASAN, MARYAM, get_only, list_codes, set_cell, write_sample_list

CASES = Path(__file__).parent / "cases"
HEADER, WORKERS = write_sample_list(MARYAM, HASAN)
GIVEN_IN_HEADER = [field.name for field in HEADER_FIELDS if field.must_be_given]
GIVEN_IN_ROWS = [field.name for field in WORKER_FIELDS if field.must_be_given]
DATES = [field.name for field in WORKER_FIELDS if field.kind is Kind.DATE]
WIDE_DATES = Layout(widths=dict.fromkeys(DATES, 12))


def read_case(name: str) -> ParsedList:
    folder = CASES / name
    return read_list((folder / "DSKKAR00.DBF").read_bytes(), (folder / "DSKWOR00.DBF").read_bytes())


def test_what_must_be_given_is_what_sums_and_records_need() -> None:
    assert GIVEN_IN_HEADER == [
        "DSK_YY", "DSK_MM", "DSK_NUM", "DSK_TDD",
        "DSK_TROOZ", "DSK_TMAH", "DSK_TMAZ", "DSK_TMASH", "DSK_TTOTL", "DSK_TBIME",
    ]  # fmt: skip
    assert GIVEN_IN_ROWS == [
        "DSW_YY", "DSW_MM", "DSW_DD",
        "DSW_ROOZ", "DSW_MAH", "DSW_MAZ", "DSW_MASH", "DSW_TOTL", "DSW_BIME",
    ]  # fmt: skip


def test_a_list_without_its_year_is_refused() -> None:
    parsed = read_case("blank-year")
    assert not parsed.is_importable
    assert list_codes(parsed) == [
        ("error", 1, "DSK_YY", "value-missing"),
        ("error", 1, "DSW_YY", "value-missing"),
    ]


@pytest.mark.parametrize("blank", [b"", b"\0" * 12, b" \0"])
@pytest.mark.parametrize("field", GIVEN_IN_HEADER)
def test_a_blank_of_the_header_is_one_error(field: str, blank: bytes) -> None:
    finding = get_only(read_list(set_cell(HEADER, field, blank), WORKERS).findings)
    assert (finding.severity, finding.code, finding.field, finding.value) == (
        "error", "value-missing", field, "",
    )  # fmt: skip


@pytest.mark.parametrize("blank", [b"", b"\0" * 12])
@pytest.mark.parametrize("field", GIVEN_IN_ROWS)
def test_a_blank_of_a_row_is_one_error(field: str, blank: bytes) -> None:
    """It makes no sum differ and contradicts no other amount: those are the same cause."""
    parsed = read_list(HEADER, set_cell(WORKERS, field, blank, 2))
    assert list_codes(parsed) == [("error", 2, field, "value-missing")]
    assert not parsed.is_importable


def test_a_zero_differs_from_a_blank() -> None:
    idle = replace(HASAN, days=0, daily_wage=0, monthly_wage=0, benefits=0, insurable=0, gross=0, premium=0)
    assert not read_list(*write_sample_list(MARYAM, idle)).findings


@pytest.mark.parametrize(
    "field",
    ["DSK_TKOSO", "DSK_BIC", "DSK_RATE", "DSK_PRATE", "DSK_BIMH", "DSK_KIND", "DSK_INC", "DSK_SPOUSE"],
)
def test_late_fields_of_the_header_may_be_blank(field: str) -> None:
    assert not read_list(set_cell(HEADER, field, b""), WORKERS).findings


def test_a_blank_is_reported_with_what_was_expected() -> None:
    blank_sum = read_list(set_cell(HEADER, "DSK_TMASH", b""), WORKERS)
    assert get_only(blank_sum.findings).expected == "110000000"
    blank_count = read_list(set_cell(HEADER, "DSK_NUM", b""), WORKERS)
    assert get_only(blank_count.findings).expected == "2"
    blank_month = read_list(HEADER, set_cell(WORKERS, "DSW_MM", b"", 2))
    assert get_only(blank_month.findings).expected == "7"
    both = read_list(set_cell(HEADER, "DSK_TDD", b""), set_cell(WORKERS, "DSW_DD", b"", 1))
    assert [(f.field, f.expected) for f in both.findings] == [("DSK_TDD", None), ("DSW_DD", None)]


@pytest.mark.parametrize("field", ["DSW_YY", "DSW_MM"])
def test_a_column_that_repeats_the_header_and_is_blank_is_one_error(field: str) -> None:
    assert list_codes(read_list(HEADER, set_cell(WORKERS, field, b""))) == [
        ("error", 1, field, "value-missing")
    ]


@pytest.mark.parametrize(("field", "value"), [("DSW_DD", b"-1"), ("DSW_MASH", b"x"), ("DSW_BIME", b"***")])
def test_an_invalid_number_is_one_error(field: str, value: bytes) -> None:
    findings = read_list(HEADER, set_cell(WORKERS, field, value, 2)).findings
    assert [(f.row, f.field, f.severity) for f in findings] == [(2, field, "error")]


def test_an_unknown_month_is_one_error() -> None:
    assert list_codes(read_list(set_cell(HEADER, "DSK_MM", b"13"), WORKERS)) == [
        ("error", 1, "DSK_MM", "period-differs")
    ]


def test_a_file_without_its_rows_has_one_error() -> None:
    empty = write_sample_list()[1]
    assert list_codes(read_list(HEADER, empty)) == [
        ("error", 1, "DSK_NUM", "sums-differ"),
        ("warning", None, None, "list-empty"),
    ]


def test_rows_of_another_workshop_are_reported_with_the_headers_code() -> None:
    parsed = read_list(HEADER, set_cell(WORKERS, "DSW_ID", b"0099999999", 2))
    finding = get_only(parsed.findings)
    assert (finding.code, finding.value, finding.expected) == ("period-differs", "0099999999", "0012345678")


def test_the_name_of_a_country_is_foreign() -> None:
    parsed = read_case("09-nationality-country-name")
    assert parsed.is_importable
    assert list_codes(parsed) == [("warning", 2, "PER_NATCOD", "foreigner-without-code")]
    assert [(row.foreigner, row.insurance_number) for row in parsed.rows] == [
        (False, "12345678"),
        (True, "23456789"),
    ]


def test_dates_with_years_of_two_digits_are_read() -> None:
    parsed = read_case("10-dates-two-digit-year")
    assert not parsed.findings
    first, second = parsed.rows
    assert first.birth_date == parse_jalali_date("1360-02-11")
    assert first.start_date == parse_jalali_date("1403-07-05")
    assert first.id_date == parse_jalali_date("1379-01-10")
    assert second.birth_date == parse_jalali_date("1358-01-01")
    assert second.leave_date == parse_jalali_date("1403-07-20")


@pytest.mark.parametrize("field", DATES)
@pytest.mark.parametrize(
    "text", [b"13601301", b"60/13/01", b"13600831", b"600831", b"14001230", b"1360-2-x", b"1360/02/", b"7"]
)
def test_an_invalid_date_is_a_warning_in_every_field(field: str, text: bytes) -> None:
    parsed = read_list(HEADER, set_cell(WORKERS, field, text, 2))
    finding = get_only(parsed.findings)
    assert (finding.code, finding.severity, finding.row) == ("date-unreadable", "warning", 2)
    assert (finding.field, finding.value) == (field, text.decode())
    attribute = next(item.attribute for item in WORKER_FIELDS if item.name == field)
    assert getattr(parsed.rows[1], attribute) is None
    assert parsed.is_importable


@pytest.mark.parametrize("field", DATES)
@pytest.mark.parametrize("text", [b"", b"0", b"00000000", b"00/00/00", b"  /  /", b"\0" * 8])
def test_a_blank_date_has_no_finding(field: str, text: bytes) -> None:
    assert not read_list(HEADER, set_cell(WORKERS, field, text)).findings


@given(st.dates(date(1950, 1, 1), date(2020, 1, 1)), st.sampled_from(["{}{}{}", "{}/{}/{}", "{}-{}-{}"]))
def test_a_birth_date_is_the_same_in_every_shape(birth: date, shape: str) -> None:
    header, workers = write_sample_list(replace(MARYAM, birth_date=birth), layout=WIDE_DATES)
    plain = read_list(header, workers)
    year, month, day = format_jalali_date(birth).split("-")
    for written in (year, year[2:]) if int(year) >= 1330 else (year,):
        cell = shape.format(written, month, day).encode()
        again = read_list(header, set_cell(workers, "DSW_BDATE", cell))
        assert plain.rows[0].birth_date == again.rows[0].birth_date == birth
        assert plain.content_sha256 == again.content_sha256


def test_persian_digits_in_dates_are_read() -> None:
    header, workers = write_sample_list(MARYAM, encoding=Encoding.IRAN_SYSTEM)
    persian = bytes(0x80 + int(digit) for digit in "13600211")
    assert read_list(header, set_cell(workers, "DSW_BDATE", persian)).rows[0].birth_date == MARYAM.birth_date


def test_a_birth_date_after_the_month_is_not_stored() -> None:
    header, workers = write_sample_list(MARYAM)
    parsed = read_list(header, set_cell(workers, "DSW_BDATE", b"25/02/11"))
    finding = get_only(parsed.findings)
    assert (finding.code, finding.field, finding.value) == ("date-unreadable", "DSW_BDATE", "14250211")
    assert parsed.rows[0].birth_date is None


def test_a_foreigner_twice_is_found_by_insurance_number_with_other_zeros() -> None:
    header, workers = write_sample_list(FOREIGNER, replace(FOREIGNER, insurance_number="034567890"))
    assert ("error", 2, "DSW_ID1", "person-twice") in list_codes(read_list(header, workers))
