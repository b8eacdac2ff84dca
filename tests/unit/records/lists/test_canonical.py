"""Numbers with lost or added zeros: one form to compare and to store, and a warning for what was changed."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.national_code import compute_check_digit
from services.kit.text import to_persian_digits
from services.records.lists import ParsedList, WorkerRow, read_list
from services.records.lists.canonical import (
    canonicalise_insurance_number,
    canonicalise_list_number,
    canonicalise_workshop_code,
    find_padded_code,
)
from services.records.lists.encodings import Encoding
from services.records.lists.writers import Layout, write_list
from tests.fakes.lists import (
    HASAN,
    MARYAM,
    build_sample_header,
    get_only,
    list_codes,
    read_back,
    set_cell,
    write_sample_list,
)

CASES = Path(__file__).parent / "cases"
WIDE = Layout(
    widths=dict.fromkeys(["DSK_ID", "DSW_ID", "DSK_LISTNO", "DSW_LISTNO", "DSW_ID1", "PER_NATCOD"], 20)
)
HEADER, WORKERS = write_sample_list(MARYAM, HASAN, layout=WIDE)


def read_case(name: str) -> ParsedList:
    folder = CASES / name
    return read_list((folder / "DSKKAR00.DBF").read_bytes(), (folder / "DSKWOR00.DBF").read_bytes())


def read_numbered(workshop_code: str = "0012345678", list_number: str = "01") -> ParsedList:
    header = replace(build_sample_header([MARYAM]), workshop_code=workshop_code, list_number=list_number)
    return read_list(*write_list(header, [MARYAM], Encoding.IRAN_SYSTEM, WIDE))


@pytest.mark.parametrize(
    "other", ["11-list-number-1", "13-workshop-zeros-lost"], ids=["list number", "workshop code"]
)
def test_lists_that_differ_in_zeros_are_one(other: str) -> None:
    first, again = read_case("11-list-number-01"), read_case(other)
    assert first.header == again.header
    assert first.content_sha256 == again.content_sha256
    assert first.former_sha256 != again.former_sha256


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("10-dates-two-digit-year", "ce054bb2c5377c599070847ecff3a2d0d74c39a0905a98d1a612fe7003a28f0f"),
        ("11-list-number-01", "1c6fbb01bb42d86f7705fdcc160c5dbe0f3548a7510e609e2c8a78de4de8b604"),
        ("11-list-number-1", "21d4246ebed6f2835fc6942f4d4807ac227d65f97f9738e8f7c1c6fe7c22a49a"),
        ("13-workshop-zeros-lost", "a813f6a994a4f17d5d2f9d50d07ecb4249da9985dfe924f7bbf7e9096edb9074"),
    ],
)
def test_the_hash_that_earlier_versions_stored_is_known(name: str, stored: str) -> None:
    """These are the hashes of the version that stored codes as text and read one shape of dates."""
    assert read_case(name).former_sha256 == stored


def test_a_padded_workshop_code_is_reported_once() -> None:
    finding = get_only(read_case("13-workshop-zeros-lost").findings)
    assert (finding.code, finding.severity, finding.field, finding.row) == (
        "code-padded", "warning", "DSK_ID", 1,
    )  # fmt: skip
    assert (finding.value, finding.expected) == ("12345678", "0012345678")
    assert "0012345678" in finding.message_fa
    assert "0012345678" in finding.message_en


@pytest.mark.parametrize(
    ("text", "is_reported"),
    [
        ("1", False), ("01", False), ("", True), ("000000000001", True), ("001", True), ("0", True),
        ("00", True), ("۰۱", False), ("1.", False), ("01.00", False), (" 1", False),
    ],
)  # fmt: skip
def test_a_list_number_has_one_form(text: str, is_reported: bool) -> None:
    parsed = read_numbered(list_number=text)
    assert parsed.header is not None
    assert parsed.header.list_number == "1"
    assert parsed.content_sha256 == read_numbered().content_sha256
    assert [(f.code, f.field, f.expected) for f in parsed.findings] == (
        [("code-padded", "DSK_LISTNO", "1")] if is_reported else []
    )


@pytest.mark.parametrize("text", ["12345678", "012345678", "000012345678", "۱۲۳۴۵۶۷۸", "12345678.00"])
def test_a_workshop_code_has_ten_digits(text: str) -> None:
    parsed = read_numbered(workshop_code=text)
    assert parsed.header is not None
    assert parsed.header.workshop_code == "0012345678"
    assert parsed.content_sha256 == read_numbered().content_sha256
    assert list_codes(parsed) == [("warning", 1, "DSK_ID", "code-padded")]


def test_other_workshops_and_list_numbers_stay_others() -> None:
    hashes = {
        read_numbered(workshop, number).content_sha256
        for workshop in ("0012345678", "0123456780", "1234567800", "AB-1")
        for number in ("1", "2", "10", "11", "A")
    }
    assert len(hashes) == 20


def test_rows_may_spell_the_headers_numbers_otherwise() -> None:
    workers = set_cell(set_cell(WORKERS, "DSW_ID", b"12345678", 2), "DSW_LISTNO", b"1", 1)
    parsed = read_list(HEADER, workers)
    assert list_codes(parsed) == [("warning", 2, "DSW_ID", "code-padded")]
    assert parsed.content_sha256 == read_back(MARYAM, HASAN).content_sha256


@pytest.mark.parametrize(
    ("text", "number", "is_reported"),
    [
        ("1234567", "1234567", False),
        ("01234567", "1234567", False),
        ("0001234567", "1234567", True),
        ("001234567", "1234567", True),
        ("0012345678", "12345678", True),
        ("12345678.0", "12345678", False),
        ("۱۲۳۴۵۶۷۸", "12345678", False),
        ("1234567890", "1234567890", False),
        ("001234567890", "1234567890", True),
        ("0", None, False),
        ("00000000", None, False),
    ],
)
def test_an_insurance_number_has_no_leading_zeros(text: str, number: str | None, is_reported: bool) -> None:
    workers = write_sample_list(
        replace(MARYAM, insurance_number=text), layout=WIDE, encoding=Encoding.IRAN_SYSTEM
    )
    parsed = read_list(*workers)
    assert [row.insurance_number for row in parsed.rows] == [number]
    assert [(f.code, f.field, f.value, f.expected) for f in parsed.findings] == (
        [("code-padded", "DSW_ID1", text, number)] if is_reported else []
    )


def list_shortened(code: str, **changed: object) -> tuple[bytes, bytes]:
    return write_sample_list(replace(MARYAM, national_code=code, **changed), HASAN, layout=WIDE)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["12345679", "012345679"])
def test_a_short_national_code_is_left_to_an_import_that_knows_people(text: str) -> None:
    files = list_shortened(text)
    assert list_codes(read_list(*files)) == [("error", 1, "PER_NATCOD", "national-code-invalid")]
    parsed = read_list(*files, leaves_short_codes=True)
    assert parsed.is_importable
    assert parsed.short_codes == {1: text}
    assert [row.national_code for row in parsed.rows] == [None, HASAN.national_code]
    assert parsed.content_sha256 == read_back(MARYAM, HASAN).content_sha256


@pytest.mark.parametrize("text", ["12345678", "1234567", "0012345678", "123456780", "", "22222222"])
def test_other_short_codes_are_errors_for_an_import_too(text: str) -> None:
    parsed = read_list(*list_shortened(text), leaves_short_codes=True)
    assert list_codes(parsed) == [("error", 1, "PER_NATCOD", "national-code-invalid")]


def test_a_short_code_of_a_foreigner_is_left_to_an_import_too() -> None:
    files = list_shortened("12345679", foreigner=True)
    assert list_codes(read_list(*files)) == [("warning", 1, "PER_NATCOD", "foreigner-without-code")]
    parsed = read_list(*files, leaves_short_codes=True)
    assert not list_codes(parsed)
    assert parsed.short_codes == {1: "12345679"}


def test_a_person_twice_is_found_with_a_short_code() -> None:
    rows: list[WorkerRow] = [MARYAM, replace(MARYAM, national_code="12345679")]
    parsed = read_list(*write_sample_list(*rows), leaves_short_codes=True)
    assert ("error", 2, "PER_NATCOD", "person-twice") in list_codes(parsed)


def test_ten_ones_are_a_person() -> None:
    parsed = read_back(replace(MARYAM, national_code="1111111111"))
    assert not parsed.findings
    assert parsed.rows[0].national_code == "1111111111"


DIGITS = st.text("0123456789", min_size=1, max_size=10)


@given(DIGITS, st.integers(0, 6), st.booleans())
def test_zeros_make_no_difference(digits: str, zeros: int, persian: bool) -> None:
    text = "0" * zeros + digits
    text = to_persian_digits(text) if persian else text
    for canonicalise in (canonicalise_list_number, canonicalise_workshop_code, canonicalise_insurance_number):
        form = canonicalise(digits.lstrip("0"))
        assert canonicalise(text) == form
        assert canonicalise(form) == form
    assert int(canonicalise_workshop_code(text) or 0) == int(digits)
    assert int(canonicalise_insurance_number(text) or 0) == int(digits)


@given(st.text(max_size=12))
def test_any_text_has_one_form(text: str) -> None:
    for canonicalise in (canonicalise_list_number, canonicalise_workshop_code, canonicalise_insurance_number):
        assert canonicalise(canonicalise(text)) == canonicalise(text)


@given(st.text("0123456789", min_size=7, max_size=7))
def test_only_a_code_that_lost_zeros_is_padded(seven: str) -> None:
    code = f"00{seven}"
    code += compute_check_digit(code)
    if code != "0" * 10:
        assert find_padded_code(code[2:]) == find_padded_code(code[1:]) == code
    assert find_padded_code(code) is None
    assert find_padded_code(code[3:]) is None
    wrong = code[2:9] + str((int(code[9]) + 1) % 10)
    assert find_padded_code(wrong) is None


@pytest.mark.parametrize("code", [b"0012345679.", b"0012345679.0"])
def test_a_national_code_of_a_column_with_decimals_is_read(code: bytes) -> None:
    header, workers = write_sample_list(MARYAM, layout=Layout(widths={"PER_NATCOD": 12}))
    parsed = read_list(header, set_cell(workers, "PER_NATCOD", code))
    assert parsed.rows[0].national_code == "0012345679"


@pytest.mark.parametrize("digits", ["۰۱".encode(), "٠١".encode(), b"\x80\x81"])
def test_digits_of_another_encoding_are_the_same_list(digits: bytes) -> None:
    """Programs write Persian digits in UTF-8 or Iran System beside names in Windows-1256."""
    header, workers = set_cell(HEADER, "DSK_LISTNO", digits), set_cell(WORKERS, "DSW_LISTNO", digits)
    parsed = read_list(header, workers)
    assert parsed.header
    assert parsed.header.list_number == "1"
    assert parsed.content_sha256 == read_list(HEADER, WORKERS).content_sha256
