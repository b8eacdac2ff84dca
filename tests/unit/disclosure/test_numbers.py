"""Serials: random, with a check digit, accepted in Persian and Latin digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.disclosure.actions.numbers import generate_serial, generate_tracking_number, parse_serial
from services.kit.text import to_persian_digits


def test_numbers_have_their_length_and_do_not_repeat() -> None:
    serials = {generate_serial() for _ in range(500)}
    assert len(serials) == 500
    assert {(len(serial), serial[0] == "0") for serial in serials} == {(13, False)}
    assert {len(generate_tracking_number()) for _ in range(500)} == {12}


def test_serial_is_parsed_as_people_write_it() -> None:
    serial = generate_serial()
    assert parse_serial(f" {to_persian_digits(serial[:4])}-{serial[4:8]} {serial[8:]} ") == serial


@given(st.text())
def test_other_text_is_invalid(text: str) -> None:
    assert parse_serial(text) is None


@pytest.mark.parametrize("change", [-1, 1])
def test_mistyped_serial_is_invalid(change: int) -> None:
    serial = generate_serial()
    assert parse_serial(f"{serial[:-1]}{(int(serial[-1]) + change) % 10}") is None
