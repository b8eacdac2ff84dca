"""Invalid lists: each fault has its finding, an error keeps the whole list out, a warning does not."""

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.records.lists import WorkerRow, read_list
from services.records.lists.checks import describe_changed_list
from services.records.lists.encodings import Encoding
from services.records.lists.fields import HEADER_FIELDS, SUMMED, WORKER_FIELDS
from services.records.lists.finding_logs import MAX_FINDINGS
from services.records.lists.writers import Layout, write_list
from tests.fakes.hostile_lists import build_national_code
from tests.fakes.lists import (
    FOREIGNER,
    HASAN,
    MARYAM,
    MEHR,
    build_sample_header,
    get_only,
    list_codes,
    read_back,
    set_cell,
    write_sample_list,
)

_CP = Encoding.CP1256
HEADER, WORKERS = write_sample_list(MARYAM, HASAN)
EMPTY = ("warning", None, None, "list-empty")


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b"", "not-dbf"),
        (b"PK\x03\x04" + bytes(60), "not-dbf"),
        (b"\x01" + WORKERS[1:], "not-dbf"),
        (b"DSW_ID,DSW_YY\n", "not-dbf"),
        (WORKERS[:-200], "truncated"),
        (WORKERS[:50], "truncated"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error(bad: bytes, code: str) -> None:
    for parsed, file in [(read_list(HEADER, bad), "DSKWOR00.DBF"), (read_list(bad, WORKERS), "DSKKAR00.DBF")]:
        finding = get_only(parsed.findings)
        assert (finding.code, finding.severity, finding.file, finding.row) == (code, "error", file, None)
        assert not parsed.is_importable


@pytest.mark.parametrize(
    "field", [field.name for field in (*HEADER_FIELDS, *WORKER_FIELDS) if field.required]
)
def test_a_missing_required_field_is_an_error(field: str) -> None:
    parsed = read_list(*write_sample_list(MARYAM, layout=Layout(without=(field,))))
    assert list_codes(parsed) == [("error", None, field, "field-missing")]


@pytest.mark.parametrize("times", [0, 2])
def test_a_header_file_has_one_record(times: int) -> None:
    start = int.from_bytes(HEADER[8:10], "little")
    record = HEADER[start:-1]
    parsed = read_list(HEADER[:4] + bytes([times, 0, 0, 0]) + HEADER[8:start] + record * times, WORKERS)
    assert list_codes(parsed) == [("error", None, None, "header-count")]


@pytest.mark.parametrize("attribute", ["workers", *SUMMED])
@pytest.mark.parametrize("off", [-1, 1])
def test_a_sum_that_is_off_by_one_is_an_error(attribute: str, off: int) -> None:
    header = build_sample_header([MARYAM, HASAN])
    wrong = replace(header, **{attribute: getattr(header, attribute) + off})
    parsed = read_list(write_list(wrong, [MARYAM, HASAN], _CP)[0], WORKERS)
    finding = get_only(parsed.findings)
    assert (finding.code, finding.severity, finding.file) == ("sums-differ", "error", "DSKKAR00.DBF")
    assert finding.value == str(getattr(wrong, attribute))
    assert finding.expected == str(getattr(header, attribute))
    assert not parsed.is_importable


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"workshop_code": "0012345679"}, "DSW_ID"),
        ({"month": MEHR.add_months(1)}, "DSW_MM"),
        ({"month": MEHR.add_months(12)}, "DSW_YY"),
        ({"list_number": "02"}, "DSW_LISTNO"),
    ],
)
def test_rows_of_another_list_are_errors(other: dict[str, object], field: str) -> None:
    header = replace(build_sample_header([MARYAM, HASAN]), **other)  # type: ignore[arg-type]
    parsed = read_list(write_list(header, [], _CP)[0], WORKERS)
    assert list_codes(parsed) == [("error", 1, field, "period-differs")]


def test_each_row_that_differs_from_header_and_rows_is_an_error() -> None:
    rows = [replace(HASAN, row=at, national_code=build_national_code(at).decode()) for at in (1, 2, 3)]
    header, workers = write_sample_list(*rows)
    parsed = read_list(header, set_cell(set_cell(workers, "DSW_MM", b"8", 2), "DSW_MM", b"9", 3))
    assert [
        (one.row, one.value, one.expected) for one in parsed.findings if one.code == "period-differs"
    ] == [
        (2, "8", "7"),
        (3, "9", "7"),
    ]


@pytest.mark.parametrize("month", [0, 13, 99])
def test_a_month_outside_the_year_is_an_error(month: int) -> None:
    parsed = read_list(_set_number(HEADER, "DSK_MM", month), _set_number(WORKERS, "DSW_MM", month))
    assert ("error", 1, "DSK_MM", "period-differs") in list_codes(parsed)
    assert not parsed.is_importable


def _set_number(data: bytes, field: str, value: object, record: int = 1) -> bytes:
    """Set one record's number, in place."""
    start, width = (int.from_bytes(data[i : i + 2], "little") for i in (8, 10))
    place = start + width * (record - 1) + 1
    for at in range(32, start - 1, 32):
        size = data[at + 16]
        if data[at : at + 11].rstrip(b"\0").decode() == field:
            return data[:place] + str(value).encode().rjust(size) + data[place + size :]
        place += size
    raise AssertionError(field)


@pytest.mark.parametrize("days", [31, 32, 99])
def test_more_days_than_the_month_has_are_an_error(days: int) -> None:
    parsed = read_back(_set_days(MARYAM, days))
    finding = get_only(parsed.findings)
    assert (finding.code, finding.row, finding.value) == ("days-out-of-range", 1, str(days))
    assert finding.expected == "30"
    assert finding.message_fa.startswith("روزهای مهر ۱۴۰۳ نمی‌تواند بیش از ۳۰ باشد.")
    assert finding.message_en.startswith("Mehr 1403 cannot exceed 30 days.")


def _set_days(row: WorkerRow, days: int) -> WorkerRow:
    wage = row.daily_wage * days
    return replace(
        row,
        days=days,
        monthly_wage=wage,
        benefits=0,
        insurable=wage,
        gross=wage,
        premium=(wage * 7 + 50) // 100,
    )


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("DSW_DD", "-1", "days-out-of-range"),
        ("DSW_DD", "x", "not-a-number"),
        ("DSW_MASH", "-80000000", "amount-negative"),
        ("DSW_BIME", "************", "not-a-number"),
        ("DSW_MASH", "abc", "not-a-number"),
        ("DSW_MASH", "1.2.3", "not-a-number"),
        ("DSW_MASH", "12,5", "amount-negative"),
        ("DSW_ROOZ", "1_000", "not-a-number"),
        ("DSW_MAZ", "1.5", "amount-negative"),
        ("DSW_MM", "**", "not-a-number"),
        ("DSW_MM", "-1", "period-differs"),
    ],
)
def test_malformed_number_is_an_error(field: str, value: str, code: str) -> None:
    parsed = read_list(HEADER, _set_number(WORKERS, field, value, record=2))
    assert ("error", 2, field, code) in list_codes(parsed)
    assert not parsed.is_importable


@pytest.mark.parametrize(
    ("field", "cell", "rest"), [("DSW_FNAME", b"ALI\0REZA", "REZA"), ("DSW_MASH", b"80000000\x0007", "07")]
)
def test_text_behind_the_end_of_a_cell_is_reported(field: str, cell: bytes, rest: str) -> None:
    parsed = read_list(HEADER, set_cell(WORKERS, field, cell, 2))
    [finding] = [one for one in parsed.findings if one.code == "text-after-end"]
    assert (finding.row, finding.field, finding.value, finding.severity) == (2, field, rest, "warning")
    padded = read_list(HEADER, set_cell(WORKERS, field, cell.partition(b"\0")[0] + b"\0 \0", 2))
    assert "text-after-end" not in {one.code for one in padded.findings}


def test_an_amount_beyond_twelve_digits_is_an_error_in_a_wide_column_too() -> None:
    wide = write_sample_list(
        replace(MARYAM, gross=10**12), layout=Layout(widths={"DSW_TOTL": 15, "DSK_TTOTL": 15})
    )
    assert ("error", 1, "DSW_TOTL", "amount-negative") in list_codes(read_list(*wide))


@pytest.mark.parametrize("code", ["", "0000000000", "10123456789", "ABCDEFGHIJK"])
def test_a_workshop_code_has_one_to_ten_characters(code: str) -> None:
    header = replace(build_sample_header([]), workshop_code=code)
    parsed = read_list(*write_list(header, [], _CP, Layout(widths={"DSK_ID": 12, "DSW_ID": 12})))
    assert list_codes(parsed) == [("error", 1, "DSK_ID", "field-missing"), EMPTY]


@pytest.mark.parametrize("number", ["12345678901", "1" * 200, "1234x678"])
def test_malformed_insurance_number_is_unknown_and_a_warning(number: str) -> None:
    wide = write_sample_list(replace(MARYAM, insurance_number=number), layout=Layout(widths={"DSW_ID1": 200}))
    parsed = read_list(*wide)
    assert parsed.rows[0].insurance_number is None
    assert list_codes(parsed) == [("warning", 1, "DSW_ID1", "identity-differs")]


@pytest.mark.parametrize("number", ["", "00000000"])
def test_missing_insurance_number_is_not_a_finding(number: str) -> None:
    assert not read_back(replace(MARYAM, insurance_number=number)).findings


def test_a_list_number_has_at_most_twelve_characters() -> None:
    wide = Layout(widths={"DSK_LISTNO": 40, "DSW_LISTNO": 40})
    for number, expected in (("9" * 12, []), ("9" * 13, [("error", 1, "DSK_LISTNO", "field-missing")])):
        header = replace(build_sample_header([]), list_number=number)
        assert list_codes(read_list(*write_list(header, [], _CP, wide))) == [*expected, EMPTY]


@pytest.mark.parametrize("name", ["", "   ", "\u200c"])
def test_a_blank_surname_is_an_error_and_a_blank_first_name_is_not(name: str) -> None:
    assert list_codes(read_back(replace(MARYAM, last_name=name))) == [
        ("error", 1, "DSW_LNAME", "field-missing")
    ]
    assert not read_back(replace(MARYAM, first_name=name)).findings


@pytest.mark.parametrize(("months", "expected"), [(0, []), (1, ["period-differs"]), (60, ["period-differs"])])
def test_a_month_that_has_not_come_is_an_error(months: int, expected: list[str]) -> None:
    parsed = read_list(*write_sample_list(HASAN, month=MEHR.add_months(months)), this_month=MEHR)
    assert [finding.code for finding in parsed.findings] == expected
    assert parsed.is_importable == (not expected)


def test_a_whole_number_with_a_point_is_a_number() -> None:
    assert read_list(HEADER, _set_number(WORKERS, "DSW_MASH", "80000000.00")).is_importable


@pytest.mark.parametrize("code", ["0012345678", "12345679", "2222222222", "0000000000", None, "۰۰۱۲۳"])
def test_a_national_code_of_an_iranian_must_be_valid(code: str | None) -> None:
    parsed = read_back(MARYAM, replace(HASAN, national_code=code))
    assert [finding[0::3] for finding in list_codes(parsed)] == [("error", "national-code-invalid")]


def test_the_same_person_twice_is_an_error() -> None:
    parsed = read_back(MARYAM, HASAN, replace(MARYAM, insurance_number="99999999"))
    assert list_codes(parsed) == [("error", 3, "PER_NATCOD", "person-twice")]
    again = read_back(FOREIGNER, FOREIGNER)
    assert ("error", 2, "DSW_ID1", "person-twice") in list_codes(again)


def test_foreigner_without_any_number_is_an_error() -> None:
    parsed = read_back(replace(FOREIGNER, insurance_number=None))
    assert list_codes(parsed) == [("error", 1, "PER_NATCOD", "foreigner-without-code")]


@pytest.mark.parametrize(
    ("row", "field", "code", "expected"),
    [
        (replace(MARYAM, premium=5_600_002), "DSW_BIME", "premium-differs", 5_600_000),
        (replace(MARYAM, premium=5_599_998), "DSW_BIME", "premium-differs", 5_600_000),
        (replace(MARYAM, gross=79_999_999), "DSW_TOTL", "total-below-insurable", 80_000_000),
        (replace(MARYAM, benefits=5_000_001), "DSW_MASH", "wages-differ", 80_000_001),
        (replace(MARYAM, monthly_wage=75_000_001, benefits=4_999_999), "DSW_MAH", "wages-differ", 75_000_000),
    ],
)
def test_contradicting_amounts_are_a_warning(row: WorkerRow, field: str, code: str, expected: int) -> None:
    parsed = read_back(row)
    assert list_codes(parsed) == [("warning", 1, field, code)]
    assert parsed.findings[0].expected == str(expected)
    assert parsed.is_importable


@pytest.mark.parametrize(
    "row",
    [
        replace(MARYAM, premium=5_600_001),
        replace(MARYAM, benefits=4_000_000, seniority=700_000, spouse_allowance=300_000),
        replace(MARYAM, benefits=4_300_000, seniority=700_000, spouse_allowance=300_000),
        replace(MARYAM, seniority=700_000),
    ],
)
def test_rounding_and_allowances_are_not_findings(row: WorkerRow) -> None:
    assert not read_back(row).findings


def test_an_unreadable_birth_date_is_a_warning() -> None:
    header, workers = write_sample_list(MARYAM)
    parsed = read_list(header, workers.replace(b"13600211", b"13601331"))
    finding = get_only(parsed.findings)
    assert (finding.severity, finding.field, finding.value) == ("warning", "DSW_BDATE", "13601331")
    assert finding.code == "date-unreadable"
    assert parsed.rows[0].birth_date is None


def test_missing_birth_date_is_not_a_finding() -> None:
    assert not read_back(replace(MARYAM, birth_date=None)).findings


def test_a_changed_list_is_an_error_with_its_month() -> None:
    finding = describe_changed_list(build_sample_header([MARYAM]))
    assert (finding.severity, finding.code, finding.value) == ("error", "list-changed", "01")
    assert "مهر ۱۴۰۳" in finding.message_fa


def test_error_leaves_nothing_to_import_and_comes_first() -> None:
    parsed = read_back(replace(MARYAM, gross=1), replace(HASAN, national_code="0012345678"))
    assert (parsed.header, list(parsed.rows), parsed.content_sha256) == (None, [], None)
    assert [finding.severity for finding in parsed.findings] == ["error", "warning"]


def test_findings_are_bounded_but_counted() -> None:
    rows = [
        replace(HASAN, national_code=None, insurance_number=str(10**7 + i)) for i in range(MAX_FINDINGS + 5)
    ]
    parsed = read_back(*rows)
    assert (len(parsed.findings), parsed.findings_total) == (MAX_FINDINGS, MAX_FINDINGS + 5)


def test_every_finding_has_two_complete_languages() -> None:
    bad = [
        replace(MARYAM, gross=1, premium=1, benefits=1, monthly_wage=2),
        replace(HASAN, national_code="0012345678", days=40),
        FOREIGNER,
    ]
    for finding in (*read_back(*bad, bad[0]).findings, describe_changed_list(build_sample_header([]))):
        assert not set(finding.message_en) & set("{}")
        assert finding.message_en.replace("×", "").isascii()
        assert not set(finding.message_fa) & set("{}" + "يك")
        assert len(finding.message_fa) > 20


@given(st.binary(min_size=1, max_size=10))
def test_value_of_a_finding_is_one_safe_line(code: bytes) -> None:
    place = WORKERS.index(b"0012345679")
    parsed = read_list(HEADER, WORKERS[:place] + code.ljust(10)[:10] + WORKERS[place + 10 :])
    for finding in parsed.findings:
        value = finding.value or ""
        assert len(value) <= 80
        assert not set(value) & set(string.whitespace + "\0\x1b\u202e") - {" "}
