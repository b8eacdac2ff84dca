"""Valid lists in all layouts: the rows that are read are those that were written."""

import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.jalali import JalaliMonth
from services.records.lists import ParsedList, read_list
from services.records.lists.dbf import Column
from services.records.lists.encodings import Encoding
from services.records.lists.iran_system import encode
from services.records.lists.writers import DEFAULT_LAYOUT, Layout
from tests.fakes.lists import (
    FOREIGNER,
    HASAN,
    MARYAM,
    MEHR,
    build_sample_header,
    list_codes,
    read_back,
    write_sample_list,
)

NARROW = Layout(
    widths={"DSW_FNAME": 20, "DSW_LNAME": 25, "DSW_DNAME": 20, "DSW_ID1": 8, "DSK_NAME": 30, "DSW_NAT": 12},
    first=("PER_NATCOD", "DSW_JOB", "DSW_BIME", "DSK_TBIME"),
)
WIDE = Layout(
    widths={"DSW_FNAME": 100, "DSW_LNAME": 100, "DSW_OCP": 100, "DSW_MASH": 15, "DSK_NAME": 200},
    extra=(Column("MEMO_NO", "C", 40), Column("EXTRA", "N", 7)),
)
OLD = Layout(without=("DSK_INC", "DSK_SPOUSE", "DSW_INC", "DSW_SPOUSE", "MON_PYM", "DSK_DISC", "DSW_IDPLC"))


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize("layout", [DEFAULT_LAYOUT, NARROW, WIDE])
def test_list_round_trips_in_every_layout_and_encoding(encoding: Encoding, layout: Layout) -> None:
    parsed = read_list(*write_sample_list(MARYAM, HASAN, encoding=encoding, layout=layout))
    assert parsed.is_importable
    assert list(parsed.rows) == [MARYAM, HASAN]
    assert not parsed.findings
    expected = replace(build_sample_header([MARYAM, HASAN]), list_number="1")
    assert parsed.header is not None
    assert replace(parsed.header, address="") == replace(expected, address="")
    assert parsed.header.address.replace("۱۲", "12") == expected.address


def test_fields_of_newer_files_may_be_missing() -> None:
    parsed = read_list(*write_sample_list(MARYAM, layout=OLD))
    assert [row.id_place for row in parsed.rows] == [""]
    assert parsed.is_importable


def test_list_without_workers_is_valid_and_reported() -> None:
    parsed = read_back()
    assert parsed.is_importable
    assert not parsed.rows
    assert list_codes(parsed) == [("warning", None, None, "list-empty")]


def test_the_content_is_the_same_in_another_encoding_and_layout() -> None:
    first = read_list(*write_sample_list(MARYAM, HASAN))
    again = read_list(*write_sample_list(MARYAM, HASAN, encoding=Encoding.IRAN_SYSTEM, layout=WIDE))
    assert first.content_sha256 == again.content_sha256
    assert first.content_sha256 != read_back(MARYAM, replace(HASAN, last_name="گودرزیان")).content_sha256
    assert first.content_sha256 != read_back(HASAN, MARYAM).content_sha256


def test_ambiguous_header_is_read_like_the_workers_file() -> None:
    """«ملی» fits both encodings; without a language driver the other file decides."""
    layout = Layout(without=("DSK_FARM", "DSK_ADRS"))
    header, workers = write_sample_list(MARYAM, layout=layout)
    named = header.replace("کارگاه نجاري بهار".encode("cp1256"), "ملي".encode("cp1256").ljust(17))
    parsed = read_list(named[:29] + b"\0" + named[30:], workers)
    assert parsed.header is not None
    assert parsed.header.workshop_name == "ملی"


def test_the_language_driver_does_not_overrule_the_bytes() -> None:
    header, workers = write_sample_list(MARYAM, encoding=Encoding.IRAN_SYSTEM)
    parsed = read_list(header[:29] + b"\x7e" + header[30:], workers[:29] + b"\x7e" + workers[30:])
    assert list(parsed.rows) == [MARYAM]


def test_foreigner_without_a_code_is_imported_with_a_warning() -> None:
    parsed = read_back(MARYAM, FOREIGNER)
    assert parsed.is_importable
    assert parsed.rows[1].insurance_number == "34567890"
    assert list_codes(parsed) == [("warning", 2, "PER_NATCOD", "foreigner-without-code")]


def _build_table(columns: list[tuple[str, str, int]], *records: list[bytes]) -> bytes:
    """Build a dBase III file byte by byte, without the project's writer."""
    width = 1 + sum(size for _, _, size in columns)
    data = struct.pack("<4BIHH20x", 3, 124, 10, 6, len(records), 32 * len(columns) + 33, width)
    for name, kind, size in columns:
        data += struct.pack("<11s1s4xBB14x", name.encode(), kind.encode(), size, 0)
    data += b"\r"
    for record in records:
        cells = zip(columns, record, strict=True)
        data += b" " + b"".join(c.rjust(n) if k == "N" else c.ljust(n) for (_, k, n), c in cells)
    return data + b"\x1a"


HEADER_VALUES = [
    ("DSK_LISTNO", "C", 12, b"01"), ("DSK_ID", "C", 10, b"0012345678"),
    ("DSK_NAME", "C", 30, b"\xf6\xa8\x9f"),
    ("DSK_YY", "N", 2, b"3"), ("DSK_MM", "N", 2, b"7"), ("DSK_NUM", "N", 5, b"1"), ("DSK_TDD", "N", 6, b"10"),
    ("DSK_TROOZ", "N", 12, b"2000"), ("DSK_TMAH", "N", 12, b"20000"), ("DSK_TMAZ", "N", 12, b"0"),
    ("DSK_TMASH", "N", 12, b"20000"), ("DSK_TTOTL", "N", 12, b"20000"), ("DSK_TBIME", "N", 12, b"1400"),
    ("DSK_SPOUSE", "N", 12, b"500"),
]  # fmt: skip
WORKER_VALUES = [
    ("PER_NATCOD", "C", 10, b"0012345679"), ("DSW_ID", "C", 10, b"0012345678"),
    ("DSW_YY", "N", 2, b"3"), ("DSW_MM", "N", 2, b"7"), ("DSW_LISTNO", "C", 12, b"01"),
    ("DSW_ID1", "C", 8, b"12345678"), ("DSW_FNAME", "C", 20, b"\xfc\xf3\xe4"),
    ("DSW_LNAME", "C", 20, b"\xf6\xfe\xa8\x9f\xa2\xf5\x9f\xf5"),
    ("DSW_DNAME", "C", 20, b"   \xf6\xa8\x9f"), ("DSW_BDATE", "C", 8, b"13600211"),
    ("DSW_SEX", "C", 3, b"\xa2\xa4\xf5"), ("DSW_NAT", "C", 10, b"\xfc\xf6\x90\xa4\xfe\x90"),
    ("DSW_DD", "N", 2, b"10"), ("DSW_ROOZ", "N", 12, b"2000"), ("DSW_MAH", "N", 12, b"20000"),
    ("DSW_MAZ", "N", 12, b"0.00"), ("DSW_MASH", "N", 12, b"20000"), ("DSW_TOTL", "N", 12, b"20000"),
    ("DSW_BIME", "N", 12, b"1400"), ("DSW_SPOUSE", "C", 10, b"\xf9\xa2\x93"),
]  # fmt: skip


def _read_handmade(**changed: bytes) -> ParsedList:
    """Read the list above, with some of the worker's cells changed."""
    header = _build_table([(n, k, w) for n, k, w, _ in HEADER_VALUES], [v for *_, v in HEADER_VALUES])
    workers = _build_table(
        [(n, k, w) for n, k, w, _ in WORKER_VALUES], [changed.get(n, v) for n, *_, v in WORKER_VALUES]
    )
    return read_list(header, workers)


def test_a_list_made_by_hand_in_iran_system_is_read() -> None:
    """Known bytes of names, cells padded on either side, zeros with decimals, an allowance that is text."""
    parsed = _read_handmade()
    assert not parsed.findings
    assert parsed.header is not None
    assert (parsed.header.workshop_name, parsed.header.month) == ("حسن", JalaliMonth(1403, 7))
    (row,) = parsed.rows
    assert (row.first_name, row.last_name, row.father_name) == ("علی", "محمدحسین", "حسن")
    assert (row.sex, row.foreigner) == ("male", False)
    assert (row.national_code, row.insurance_number) == ("0012345679", "12345678")
    assert (row.days, row.insurable, row.benefits, row.premium) == (10, 20000, 0, 1400)
    assert str(row.birth_date) == "1981-05-01"


@pytest.mark.parametrize(
    ("nationality", "foreign"),
    [
        ("ایرانی", False),
        ("ایران", False),
        ("", False),
        ("غیرایرانی", True),
        ("غیر ایران", True),
        ("اتباع", True),
        ("خارجی", True),
        ("افغانستان", True),
        ("افغانی", True),
        ("عراق", True),
        ("تبعه خارجه", True),
        ("Afghan", True),
        ("Iranian", False),
        ("ايران", False),
        ("ا یرانی", False),
        ("-", False),
    ],
)
def test_nationality_is_read_from_its_words(nationality: str, foreign: bool) -> None:
    (row,) = _read_handmade(DSW_NAT=encode(nationality)).rows
    assert row.foreigner is foreign


@pytest.mark.parametrize(
    ("stored", "number"), [(b"", None), (b"00000000", None), (b"AB123456", None), (b"123", "123")]
)
def test_an_insurance_number_is_digits_or_unknown(stored: bytes, number: str | None) -> None:
    (row,) = _read_handmade(DSW_ID1=stored).rows
    assert row.insurance_number == number


@pytest.mark.parametrize(("typed", "code"), [("۰۰۱۲۳۴۵۶۷۹", "0012345679"), ("001-2345679", "0012345679")])
def test_codes_may_have_persian_digits_or_hyphens(typed: str, code: str) -> None:
    row = replace(MARYAM, national_code=typed)
    layout = Layout(widths={"PER_NATCOD": 12})
    parsed = read_list(*write_sample_list(row, encoding=Encoding.IRAN_SYSTEM, layout=layout))
    assert [row.national_code for row in parsed.rows] == [code]


@given(
    days=st.integers(0, 30),
    daily=st.integers(0, 30_000_000),
    benefits=st.integers(0, 10**9),
    encoding=st.sampled_from(list(Encoding)),
)
def test_amounts_round_trip_to_the_rial(days: int, daily: int, benefits: int, encoding: Encoding) -> None:
    insurable = daily * days + benefits
    row = replace(
        MARYAM,
        days=days,
        daily_wage=daily,
        monthly_wage=daily * days,
        benefits=benefits,
        insurable=insurable,
        gross=insurable,
        premium=(insurable * 7 + 50) // 100,
    )
    parsed = read_list(*write_sample_list(row, encoding=encoding))
    assert list(parsed.rows) == [row]
    assert not parsed.findings


def test_a_leap_month_has_its_thirtieth_day() -> None:
    esfand = JalaliMonth(1403, 12)
    row = replace(MARYAM, start_date=None)
    assert read_back(row, month=esfand).is_importable
    assert not read_back(row, month=esfand.add_months(12)).is_importable
    assert read_back(row, month=MEHR).is_importable
