"""The check values of printed letters: what fits, what does not, and that they never change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govah_verify.check_values import (
    ABSENT,
    build_initials,
    compute_name_value,
    compute_number_value,
    is_same_name,
    is_same_number,
    read_number,
)

SERIAL = "4071829365018"
NAME = compute_name_value(SERIAL, "سارا احمدی‌نژاد")
CODE = compute_number_value(SERIAL, "0012345679", "0087654321")
INSURANCE = compute_number_value(SERIAL, None, "0087654321")


def test_values_on_paper_never_change() -> None:
    """A change would contradict letters that people have in their hands."""
    assert (NAME, CODE, INSURANCE) == (62829, 792, 49954)


@pytest.mark.parametrize(
    "typed",
    [
        "سارا احمدی‌نژاد",
        "سارا احمدی نژاد",
        "سارا احمدي‌نژاد",
        " ساراء  احمدینژاد ",
        "احمدی‌نژاد سارا",
        "احمدی نژاد سارا",
    ],
)
def test_the_name_fits_however_it_is_written(typed: str) -> None:
    assert is_same_name(NAME, SERIAL, typed)


@pytest.mark.parametrize("typed", ["", " ", "سارا", "سارا احمدی", "زهرا احمدی‌نژاد", "0012345679"])
def test_another_name_does_not_fit(typed: str) -> None:
    assert not is_same_name(NAME, SERIAL, typed)


@pytest.mark.parametrize("typed", ["0012345679", "۰۰۱۲۳۴۵۶۷۹", "001-234567-9", "12345679", " ٠٠١٢٣٤٥٦٧٩ "])
def test_the_code_fits_however_it_is_typed(typed: str) -> None:
    assert is_same_number(CODE, SERIAL, typed)


@pytest.mark.parametrize("typed", ["", "0012345678", "00123456790", "0087654321", "سارا", "+12345679"])
def test_another_code_does_not_fit(typed: str) -> None:
    assert not is_same_number(CODE, SERIAL, typed)


@pytest.mark.parametrize("typed", ["0087654321", "87654321", "۸۷۶۵۴۳۲۱"])
def test_without_a_code_the_insurance_number_fits(typed: str) -> None:
    assert is_same_number(INSURANCE, SERIAL, typed)


def test_an_absent_value_fits_nothing() -> None:
    assert compute_name_value(SERIAL, " ") == ABSENT == compute_number_value(SERIAL, None, None)
    assert not is_same_name(ABSENT, SERIAL, "")
    assert not is_same_name(ABSENT, SERIAL, "سارا")
    assert not is_same_number(ABSENT, SERIAL, "0012345679")


@given(st.text(max_size=400), st.integers(0, 65535))
def test_no_typed_text_raises(typed: str, value: int) -> None:
    is_same_name(value, SERIAL, typed)
    is_same_number(value, SERIAL, typed)


@given(st.integers(0, 10**13 - 1), st.text(max_size=40), st.integers(0, 10**10 - 1))
def test_a_value_is_never_none_by_chance(serial: int, name: str, code: int) -> None:
    assert 0 <= compute_name_value(f"{serial:013}", name) < 2**16
    assert 0 < compute_number_value(f"{serial:013}", f"{code:010}", None) < 2**16


def test_each_letter_has_values_of_its_own() -> None:
    serials = [f"{number:013}" for number in range(200)]
    assert len({compute_name_value(serial, "سارا احمدی") for serial in serials}) > 190
    assert len({compute_number_value(serial, "0012345679", None) for serial in serials}) > 190


def test_the_label_separates_names_codes_and_insurance_numbers() -> None:
    number = "1234567890"
    values = {
        compute_name_value(SERIAL, number),
        compute_number_value(SERIAL, number, None),
        compute_number_value(SERIAL, None, number),
    }
    assert len(values) == 3


@pytest.mark.parametrize(
    ("first", "last", "initials"),
    [
        ("سارا", "احمدی", "سا"),
        ("آذر", "یوسفی", "ای"),
        (" ۱علی", "(کریمی)", "عک"),
        ("Sara", "Éluard", "sé"),
        ("ß", "ﷲ", "sا"),
        ("", "احمدی", "ا"),
        ("-", "", ""),
    ],
)
def test_initials_are_first_letters(first: str, last: str, initials: str) -> None:
    assert build_initials(first, last) == initials


def test_numbers_are_read_as_people_write_them() -> None:
    assert read_number("۰۰۱ ۲۳۴-۵۶۷\u200c۹\u200f") == "0012345679"


@pytest.mark.parametrize("typed", ["سارا", "", "1" * 11, "12,3", "²"])
def test_other_text_is_refused_as_a_number(typed: str) -> None:
    assert read_number(typed) is None
