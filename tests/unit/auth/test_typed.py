"""What people type into forms: codes, mobiles and dates, in any digits."""

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.schemas import Code, Mobile
from services.kit.text import persian_digits

DIGITS = "0123456789"


@given(
    st.text(DIGITS, min_size=9, max_size=9),
    st.sampled_from(["0", "", "98", "+98", "0098", "+98 ", "0-"]),
    st.booleans(),
)
def test_every_spelling_of_a_mobile_is_one_mobile(nine: str, prefix: str, persian: bool) -> None:
    typed = f" {prefix}9{nine} "
    assert Mobile().deserialize(persian_digits(typed) if persian else typed) == f"09{nine}"


@pytest.mark.parametrize(
    "typed", ["", "+", "9120000", "02188776655", "091200000011", "0912000000x", "++989120000001"]
)
def test_what_is_no_mobile_is_refused(typed: str) -> None:
    with pytest.raises(ma.ValidationError):
        Mobile().deserialize(typed)


@given(st.text(DIGITS, min_size=6, max_size=6))
def test_a_code_is_read_in_any_digits(code: str) -> None:
    assert Code().deserialize(f"{persian_digits(code[:3])} {code[3:]}") == code


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "১২৩৪৫৬"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    with pytest.raises(ma.ValidationError):
        Code().deserialize(typed)
