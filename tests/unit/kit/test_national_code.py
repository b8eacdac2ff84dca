"""National codes: what is accepted, what is refused, and that one wrong digit is always noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.national_code import (
    NationalCodeInvalid,
    compute_check_digit,
    is_national_code,
    parse_national_code,
)

nines = st.text("0123456789", min_size=9, max_size=9).filter(lambda nine: len(set(nine)) > 1)


@pytest.mark.parametrize("code", ["0012345679", "0000000019", "1234567891"])
def test_known_codes_are_valid(code: str) -> None:
    assert is_national_code(code)


@pytest.mark.parametrize(
    "typed", ["۰۰۱۲۳۴۵۶۷۹", "٠٠١٢٣٤٥٦٧٩", "001-234567-9", " 001 234 5679\u200c", "\u200f0012345679\u200e"]
)
def test_digits_and_separators_of_people_are_accepted(typed: str) -> None:
    assert parse_national_code(typed) == "0012345679"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12345679",
        "012345679",
        "00012345679",
        "0012345678",
        "2222222222",
        "0000000000",
        "00123456৭9",
        "²012345679",
    ],
)
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(NationalCodeInvalid):
        parse_national_code(typed)


def test_the_message_does_not_repeat_what_was_typed() -> None:
    with pytest.raises(NationalCodeInvalid) as raised:
        parse_national_code("s3cret-0012345679")
    assert "s3cret" not in str(raised.value)


@given(nines)
def test_exactly_one_check_digit_fits(nine: str) -> None:
    assert [d for d in "0123456789" if is_national_code(nine + d)] == [compute_check_digit(nine)]


@given(nines, st.integers(0, 8), st.sampled_from("0123456789"))
def test_codes_of_one_check_digit_never_differ_in_one_place_unless_it_folds(
    nine: str, place: int, digit: str
) -> None:
    """Remainders r and 11-r give different digits, but 0 and 1 keep theirs: 1 is also 11-10."""
    changed = nine[:place] + digit + nine[place + 1 :]
    same = compute_check_digit(nine) == compute_check_digit(changed)
    assert not same or changed == nine or compute_check_digit(nine) == "1"
