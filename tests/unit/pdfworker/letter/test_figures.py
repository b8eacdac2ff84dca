"""Numbers on paper: Persian digits, whole groups, and a duration that says what it counts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.text import normalise_code, normalise_digits
from services.pdfworker.letter.figures import (
    NO_BREAK_SPACE,
    counted,
    duration_words,
    grouped,
    isolated,
    moment_day,
    moment_words,
)
from services.pdfworker.letter.statement import Duration


@pytest.mark.parametrize(
    ("number", "groups"),
    [
        ("4071829365018", "۴۰۷۱ ۸۲۹۳ ۶۵۰۱۸"),
        ("12345678", "۱۲۳۴ ۵۶۷۸"),
        ("123456", "۱۲۳۴ ۵۶"),
        ("12345", "۱۲۳۴۵"),
        ("7", "۷"),
        ("GV-12345678", "GV-۱۲۳۴۵۶۷۸"),
    ],
)
def test_a_number_stands_in_groups_of_four(number: str, groups: str) -> None:
    assert grouped(number) == groups.replace(" ", NO_BREAK_SPACE)


@given(st.text("0123456789", min_size=1, max_size=32))
def test_groups_hold_the_number_and_no_lone_last_digit(number: str) -> None:
    printed = grouped(number)
    assert normalise_code(printed) == number
    assert len(number) == 1 or all(len(group) > 1 for group in printed.split(NO_BREAK_SPACE))


@given(*[st.integers(0, 99)] * 3)
def test_a_duration_names_every_part_that_is_not_zero(years: int, months: int, days: int) -> None:
    words = normalise_digits(duration_words(Duration(years=years, months=months, days=days)))
    parts = [
        f"{number}{NO_BREAK_SPACE}{unit}"
        for number, unit in ((years, "سال"), (months, "ماه"), (days, "روز"))
        if number
    ]
    assert words == (" و ".join(parts) or f"0{NO_BREAK_SPACE}روز")


def test_a_figure_keeps_its_unit() -> None:
    assert counted(4562, "روز") == f"۴٬۵۶۲{NO_BREAK_SPACE}روز"


def test_an_island_is_escaped() -> None:
    assert isolated("<b>") == '<bdi dir="ltr">&lt;b&gt;</bdi>'


def test_a_moment_is_told_in_the_time_of_tehran() -> None:
    moment = datetime(2026, 3, 20, 20, 35, tzinfo=UTC)
    assert moment_words(moment).replace(NO_BREAK_SPACE, " ") == "۱ فروردین ۱۴۰۵ ساعت ۰۰:۰۵"
    assert moment_day(moment).replace(NO_BREAK_SPACE, " ") == "۱ فروردین ۱۴۰۵"
