"""The codes of messages as people type them, in any digits."""

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.schemas import Code
from services.kit.text import to_persian_digits

DIGITS = "0123456789"


@given(st.text(DIGITS, min_size=6, max_size=6))
def test_a_code_is_read_in_any_digits(code: str) -> None:
    assert Code().deserialize(f"{to_persian_digits(code[:3])} {code[3:]}") == code


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "১২৩৪৫৬"])
def test_an_invalid_code_is_rejected(typed: str) -> None:
    with pytest.raises(ma.ValidationError):
        Code().deserialize(typed)
