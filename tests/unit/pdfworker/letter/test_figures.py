"""Formats of numbers on paper: Persian digits, groups, durations with their units."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.text import normalise_code, normalise_digits
from services.pdfworker.letter.figures import (
    NO_BREAK_SPACE,
    format_count,
    format_duration,
    format_moment,
    format_moment_day,
    group_digits,
    isolate_text,
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
def test_a_number_is_grouped_by_four_digits(number: str, groups: str) -> None:
    assert group_digits(number) == groups.replace(" ", NO_BREAK_SPACE)


@given(st.text("0123456789", min_size=1, max_size=32))
def test_groups_have_all_digits_and_no_single_last_digit(number: str) -> None:
    printed = group_digits(number)
    assert normalise_code(printed) == number
    assert len(number) == 1 or all(len(group) > 1 for group in printed.split(NO_BREAK_SPACE))


@given(*[st.integers(0, 99)] * 3)
def test_a_duration_names_every_part_that_is_not_zero(years: int, months: int, days: int) -> None:
    text = normalise_digits(format_duration(Duration(years=years, months=months, days=days)))
    parts = [
        f"{number}{NO_BREAK_SPACE}{unit}"
        for number, unit in ((years, "سال"), (months, "ماه"), (days, "روز"))
        if number
    ]
    assert text == (" و ".join(parts) or f"0{NO_BREAK_SPACE}روز")


def test_a_figure_stays_with_its_unit() -> None:
    assert format_count(4562, "روز") == f"۴٬۵۶۲{NO_BREAK_SPACE}روز"


def test_isolated_text_is_escaped() -> None:
    assert isolate_text("<b>") == '<bdi dir="ltr">&lt;b&gt;</bdi>'


def test_a_moment_is_formatted_in_the_time_of_tehran() -> None:
    moment = datetime(2026, 3, 20, 20, 35, tzinfo=UTC)
    assert format_moment(moment).replace(NO_BREAK_SPACE, " ") == "۱ فروردین ۱۴۰۵ ساعت ۰۰:۰۵"
    assert format_moment_day(moment).replace(NO_BREAK_SPACE, " ") == "۱ فروردین ۱۴۰۵"
