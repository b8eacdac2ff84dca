"""The codes of messages as people type them, in any digits."""

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.schemas import Code, OneTimeCode, Username
from services.kit.text import to_persian_digits

DIGITS = "0123456789"


@given(st.text(DIGITS, min_size=6, max_size=6))
def test_a_code_is_read_in_any_digits(code: str) -> None:
    assert Code().deserialize(f"{to_persian_digits(code[:3])} {code[3:]}") == code


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "১২৩৪৫৬"])
def test_an_invalid_code_is_rejected(typed: str) -> None:
    with pytest.raises(ma.ValidationError):
        Code().deserialize(typed)


@pytest.mark.parametrize(
    "typed", ["123\u200b456", "\u202d123 456\u202c", "۱۲۳\u200c۴۵۶\ufeff", "1\xad23-456"]
)
def test_codes_are_read_as_they_are_pasted(typed: str) -> None:
    assert Code().deserialize(typed) == "123456"
    assert OneTimeCode().deserialize(typed) == "123456"


def test_a_user_name_is_read_as_it_is_pasted() -> None:
    assert Username().deserialize("\u200e officer.one\u00a0\u200b") == "officer.one"
