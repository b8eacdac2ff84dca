"""Jalali months, dates and durations, against known days and by their own laws."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.jalali import (
    Duration,
    JalaliInvalid,
    JalaliMonth,
    compute_duration,
    expand_year,
    format_jalali_date,
    format_list_date,
    format_long_date,
    format_persian_date,
    parse_jalali_date,
    parse_list_date,
    to_tehran_date,
)
from services.kit.text import to_persian_digits

months = st.builds(JalaliMonth, st.integers(1250, 1450), st.integers(1, 12))
days = st.dates(date(1880, 1, 1), date(2100, 1, 1))


def test_month_lengths_and_leap_years() -> None:
    assert [JalaliMonth(1402, m).days for m in range(1, 13)] == [31] * 6 + [30] * 5 + [29]
    assert [y for y in range(1395, 1410) if JalaliMonth(y, 12).days == 30] == [1395, 1399, 1403, 1408]


def test_months_are_ordered_named_and_hashable() -> None:
    assert JalaliMonth(1402, 12) < JalaliMonth(1403, 1)
    assert {JalaliMonth(1403, 7), JalaliMonth.parse("1403-07")} == {JalaliMonth.parse("۱۴۰۳-۰۷")}
    assert (str(JalaliMonth(1403, 7)), JalaliMonth(1403, 7).words) == ("1403-07", "مهر ۱۴۰۳")
    assert JalaliMonth(1403, 7).words_en == "Mehr 1403"


@pytest.mark.parametrize(
    "text", ["1403-13", "1403-00", "1403-7", "140307", "1403 -07", "0403-07", "1500-01", "", "৪৪৪৪-07"]
)
def test_invalid_month_is_rejected(text: str) -> None:
    with pytest.raises(JalaliInvalid):
        JalaliMonth.parse(text)


@given(months, st.integers(-500, 500))
def test_adding_months_is_undone_by_subtracting(month: JalaliMonth, n: int) -> None:
    assert month.add_months(n).add_months(-n) == month
    assert JalaliMonth.parse(str(month)) == month


@given(months, st.integers(0, 60))
def test_iteration_is_gapless_and_the_days_are_those_of_the_calendar(month: JalaliMonth, n: int) -> None:
    run = list(month.iterate_until(month.add_months(n)))
    assert run == sorted(run)
    assert len(run) == n + 1
    assert run[0] == month
    assert (run[-1].last_day - month.first_day).days + 1 == sum(m.days for m in run)


def test_iterating_backwards_yields_nothing() -> None:
    assert list(JalaliMonth(1403, 7).iterate_until(JalaliMonth(1403, 6))) == []


@pytest.mark.parametrize(
    ("jalali", "day"),
    [
        ("1403-01-01", date(2024, 3, 20)),
        ("1403-12-30", date(2025, 3, 20)),
        ("1360-02-11", date(1981, 5, 1)),
        ("۱۴۰۳/۰۷/۱۵", date(2024, 10, 6)),
    ],
)
def test_known_dates(jalali: str, day: date) -> None:
    assert parse_jalali_date(jalali) == day
    assert JalaliMonth.from_date(day) == JalaliMonth(
        int(format_jalali_date(day)[:4]), int(format_jalali_date(day)[5:7])
    )


def test_a_date_for_people_has_words_or_slashes() -> None:
    assert (format_long_date(date(2024, 10, 6)), format_persian_date(date(2024, 10, 6))) == (
        "۱۵ مهر ۱۴۰۳",
        "۱۴۰۳/۰۷/۱۵",
    )


@pytest.mark.parametrize(
    "text",
    ["1402-12-30", "1403-07-31", "1403-07/15", "1403-7-15", "14030715", "1403-00-01", "9999-01-01", ""],
)
def test_invalid_date_is_rejected(text: str) -> None:
    with pytest.raises(JalaliInvalid):
        parse_jalali_date(text)


@pytest.mark.parametrize("text", [
    "14021230", "1403071", "140307015", "13601301", "14030831", "031331", "021230", "1403/13/01", "03/08/31",
    "1400/12/30", "1403/07-15", "403/07/15", "1403//15", "15/07/1403", "1403/00/10", "1403/07/00", "x",
    "۱۴۰۳۰۷۳۱", "0003/07/05", "14030700", "19810501", "1403/7/15/1", "7", "99999999",
])  # fmt: skip
def test_invalid_date_of_a_list_is_rejected(text: str) -> None:
    with pytest.raises(JalaliInvalid):
        parse_list_date(text)


@pytest.mark.parametrize(
    "text", ["", " ", "0", "00000000", "000000", "0000/00/00", "00/00/00", "  /  /  ", "-", "--"]
)
def test_a_blank_date_of_a_list_has_no_day(text: str) -> None:
    assert parse_list_date(text) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("60/02/11", "1360-02-11"),
        ("03/07/05", "1403-07-05"),
        ("79/01/10", "1379-01-10"),
        ("580101", "1358-01-01"),
        ("030720", "1403-07-20"),
        ("290101", "1429-01-01"),
        ("300101", "1330-01-01"),
        ("991230", "1399-12-30"),
        ("03/12/30", "1403-12-30"),
        ("1403-07-15", "1403-07-15"),
        ("1403.07.15", "1403-07-15"),
        ("1403\\07\\15", "1403-07-15"),
        ("1403/7/5", "1403-07-05"),
        ("3/7/5".rjust(8), "1403-07-05"),
        ("60/ 2/ 1", "1360-02-01"),
        ("60 02 11", "1360-02-11"),
        ("۱۳۶۰۰۲۱۱", "1360-02-11"),
        ("٦٠/٠٢/١١", "1360-02-11"),
        ("\u200f1360/02/11\u200e", "1360-02-11"),
        ("1360\u201102\u201111", "1360-02-11"),
    ],
)
def test_a_date_of_a_list_is_read_in_every_shape(text: str, day: str) -> None:
    assert parse_list_date(text) == parse_jalali_date(day)


@given(days, st.sampled_from("/-. "), st.booleans(), st.booleans(), st.booleans())
def test_every_day_is_read_in_every_shape(
    day: date, separator: str, short: bool, persian: bool, padded: bool
) -> None:
    year, month, of_month = map(int, format_jalali_date(day).split("-"))
    short = short and 1330 <= year <= 1429
    figures = [
        f"{year % 100:02}" if short else str(year),
        *(f"{n:02}" if padded else str(n) for n in (month, of_month)),
    ]
    text = separator.join(figures)
    assert parse_list_date(to_persian_digits(text) if persian else text) == day
    if padded:
        assert parse_list_date("".join(figures)) == day


@given(days)
def test_every_day_reads_back(day: date) -> None:
    assert parse_jalali_date(format_jalali_date(day)) == day
    assert parse_list_date(format_list_date(day)) == day
    assert JalaliMonth.from_date(day).first_day <= day <= JalaliMonth.from_date(day).last_day


@pytest.mark.parametrize(("short", "full"), [(0, 1400), (29, 1429), (30, 1330), (99, 1399)])
def test_two_digits_name_a_year(short: int, full: int) -> None:
    assert expand_year(short) == full


@pytest.mark.parametrize("short", [-1, 100, 1403])
def test_other_numbers_name_no_year(short: int) -> None:
    with pytest.raises(JalaliInvalid):
        expand_year(short)


def test_a_duration_of_the_letter() -> None:
    assert compute_duration(4562) == Duration(12, 8, 2)
    assert compute_duration(0) == Duration(0, 0, 0)
    with pytest.raises(ValueError, match="negative"):
        compute_duration(-1)


@given(st.integers(0, 40_000))
def test_durations_add_up_and_stay_in_their_bounds(n: int) -> None:
    duration = compute_duration(n)
    assert duration.years * 360 + duration.months * 30 + duration.days == n
    assert duration.months < 12
    assert duration.days < 30


def test_the_day_turns_at_midnight_in_tehran() -> None:
    before = datetime(2026, 11, 22, 20, 29, 59, tzinfo=UTC)
    assert to_tehran_date(before) == date(2026, 11, 22)
    assert to_tehran_date(before + timedelta(seconds=1)) == date(2026, 11, 23)
    with pytest.raises(ValueError, match="time zone"):
        to_tehran_date(before.replace(tzinfo=None))
