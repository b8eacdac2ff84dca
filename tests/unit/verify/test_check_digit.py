"""The check digit detects typing errors: a wrong digit, two transposed neighbours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govah_verify.check_digit import append_check_digit, has_valid_check_digit

NUMBERS = st.text("0123456789", min_size=1, max_size=20)


def test_a_published_example() -> None:
    assert append_check_digit("572") == "5724"


@given(NUMBERS)
def test_a_number_with_its_check_digit_is_accepted(digits: str) -> None:
    assert has_valid_check_digit(append_check_digit(digits))


@given(NUMBERS, st.data())
def test_a_single_wrong_digit_is_detected(digits: str, data: st.DataObject) -> None:
    number = append_check_digit(digits)
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[place]]))
    assert not has_valid_check_digit(number[:place] + wrong + number[place + 1 :])


@given(NUMBERS, st.data())
def test_two_transposed_neighbours_are_detected(digits: str, data: st.DataObject) -> None:
    number = append_check_digit(digits)
    place = data.draw(st.integers(0, len(number) - 2))
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert swapped == number or not has_valid_check_digit(swapped)


@pytest.mark.parametrize("text", ["", "12a4", "۱۲۳", "²", "-1"])
def test_a_text_with_other_characters_is_rejected(text: str) -> None:
    assert not has_valid_check_digit(text)
