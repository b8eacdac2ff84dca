"""Secret codes: generation, accepted notations, detected mistakes."""

from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from govah_verify.check_digit import append_check_digit
from services.inquiry.actions.codes import format_code, new_code, parse_code
from services.inquiry.errors import CodeMistyped, SerialInsteadOfCode
from services.kit.text import to_persian_digits

fifteen = st.text("0123456789", min_size=15, max_size=15)
codes = fifteen.map(append_check_digit)


@given(codes)
def test_code_is_read_in_any_notation(code: str) -> None:
    groups = format_code(code)
    for typed in (
        code,
        groups,
        groups.replace(" ", "-"),
        to_persian_digits(groups),
        f"\u202b {groups}\u200f\n",
        groups.replace(" ", "\u200b"),
        f"\ufeff{code[:3]}\xad{code[3:9]}\xa0{code[9:]}\u2069",
    ):
        assert parse_code(typed) == code


@given(codes, st.integers(0, 15), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_detected(code: str, place: int, digit: str) -> None:
    assume(code[place] != digit)
    with pytest.raises(CodeMistyped):
        parse_code(code[:place] + digit + code[place + 1 :])


@given(codes, st.integers(0, 14))
def test_swapped_neighbours_are_detected(code: str, place: int) -> None:
    assume(code[place] != code[place + 1])
    with pytest.raises(CodeMistyped):
        parse_code(code[:place] + code[place + 1] + code[place] + code[place + 2 :])


@given(st.text(max_size=40))
def test_arbitrary_text_raises_only_code_mistyped(text: str) -> None:
    with suppress(CodeMistyped):
        assert len(parse_code(text)) == 16


def test_serial_number_is_rejected_as_a_code() -> None:
    serial = "240000000001"
    with pytest.raises(SerialInsteadOfCode):
        parse_code(append_check_digit(serial))
    with pytest.raises(CodeMistyped) as other:
        parse_code("2400000000000")
    assert not isinstance(other.value, SerialInsteadOfCode)


def test_new_codes_differ_and_are_valid() -> None:
    drawn = {new_code() for _ in range(1000)}
    assert len(drawn) == 1000
    assert {parse_code(code) for code in drawn} == drawn
    assert {len(code) for code in drawn} == {16}
    assert {code[0] for code in drawn} == set("0123456789")
