"""What rows state about people, compared with what is known of them."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from services.kit.jalali import format_list_date
from services.records.actions.identities import (
    FIELDS,
    build_key,
    compute_stated,
    describe_differences,
    format_value,
    is_stranger,
    list_differences,
    parse_value,
)
from services.records.actions.worker_rows import parse_row, serialise_row
from services.records.lists import WorkerRow
from tests.fakes.lists import FOREIGNER, HASAN, MARYAM


def build_known(row: WorkerRow, **changed: Any) -> SimpleNamespace:
    """Return what is known of the person of a row."""
    values = {name: getattr(row, name) or None for name in FIELDS} | changed
    return SimpleNamespace(**values)


def test_a_blank_does_not_differ() -> None:
    nothing = replace(MARYAM, first_name="", father_name="", sex=None, birth_date=None, insurance_number=None)
    assert list_differences(nothing, build_known(MARYAM)) == []
    assert list_differences(MARYAM, build_known(nothing, first_name="")) == []


def test_each_field_differs_separately() -> None:
    other = {
        "first_name": "نرگس",
        "last_name": "احمدی",
        "father_name": "رضا",
        "sex": "male",
        "birth_date": date(1981, 5, 2),
        "insurance_number": "87654321",
    }
    assert set(other) == set(FIELDS)
    for name, value in other.items():
        assert list_differences(MARYAM, build_known(MARYAM, **{name: value})) == [name]


@pytest.mark.parametrize(
    "changed",
    [
        {"first_name": "مريم"},
        {"last_name": "رضايي مقدم"},
        {"last_name": "رضایی\u200cمقدم"},
        {"last_name": "رضائی مقدم"},
        {"insurance_number": "0012345678"},
    ],
)
def test_another_spelling_does_not_differ(changed: dict[str, Any]) -> None:
    assert list_differences(replace(MARYAM, **changed), build_known(MARYAM)) == []


def test_findings_name_the_field_and_the_value_as_listed() -> None:
    row = replace(MARYAM, sex="male", birth_date=date(1981, 5, 2))
    findings = [raw.describe() for raw in describe_differences(row, ["sex", "birth_date"])]
    assert [(f.severity, f.field, f.code) for f in findings] == [
        ("warning", "DSW_SEX", "name-differs"),
        ("warning", "DSW_BDATE", "identity-differs"),
    ]
    assert [f.value for f in findings] == ["مرد", format_list_date(date(1981, 5, 2))]


@pytest.mark.parametrize(
    ("row", "is_another"),
    [
        (replace(MARYAM, first_name="کامبیز", last_name="یوسفی", father_name="هوشنگ"), True),
        (replace(MARYAM, first_name="کیومرث", last_name="بیگانه", father_name=""), True),
        (replace(MARYAM, first_name="", last_name="بیگانه", father_name=""), True),
        (replace(MARYAM, first_name="مریم", last_name="بیگانه", father_name="هوشنگ"), False),
        (replace(MARYAM, first_name="کامبیز", last_name="رضایی مقدم", father_name="هوشنگ"), False),
        (replace(MARYAM, first_name="کامبیز", last_name="بیگانه", father_name="علی"), False),
        (replace(MARYAM, first_name="مريم", last_name="بیگانه", father_name=""), False),
        (replace(MARYAM, first_name="رضایی مقدم", last_name="مریم", father_name=""), False),
        (MARYAM, False),
    ],
)
def test_a_stranger_has_no_name_in_common(row: WorkerRow, is_another: bool) -> None:
    assert is_stranger(row, build_known(MARYAM)) is is_another


def test_a_blank_name_of_the_known_person_does_not_make_them_one() -> None:
    person = build_known(replace(MARYAM, first_name="", father_name=""), first_name="")
    assert is_stranger(replace(HASAN, first_name="", father_name=""), person)
    assert not is_stranger(replace(HASAN, last_name=MARYAM.last_name), person)


def test_stated_has_a_bit_for_each_field_that_is_not_blank() -> None:
    assert compute_stated(MARYAM) == 0b111111
    assert compute_stated(replace(MARYAM, first_name="", sex=None)) == 0b110110


def test_stored_values_are_read_back() -> None:
    for name in FIELDS:
        value = getattr(MARYAM, name)
        stored = parse_value(name, format_value(value))
        assert build_key(name, stored) == build_key(name, value)


@pytest.mark.parametrize("row", [MARYAM, HASAN, FOREIGNER])
def test_rows_are_read_back(row: WorkerRow) -> None:
    assert parse_row(serialise_row(row)) == row
