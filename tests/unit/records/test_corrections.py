"""Spreading a period's days and applying corrections to lists, for any period and any lists."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.kit.jalali import JalaliMonth, parse_jalali_date
from services.records.actions.corrections import apply_corrections, spread_days, sum_recorded_days
from services.records.actions.statements import count_days
from services.records.store.contributions import ListedMonth
from services.records.store.objections import UNNAMED, StandingCorrection
from tests.unit.records.test_statement import build_row, records

START = date(2019, 3, 21)
CODES = ["0000000001", "0000000002", "0000000003", "0000000009"]


@st.composite
def periods(draw: st.DrawFn) -> tuple[date, date, int]:
    """Return a period of up to three years, over leap years or not, with all its days worked or fewer."""
    start = START + timedelta(days=draw(st.integers(0, 3_000)))
    length = draw(st.integers(1, 1_100))
    return start, start + timedelta(days=length - 1), draw(st.integers(1, length))


def count_days_by_month(start: date, end: date) -> dict[JalaliMonth, int]:
    """Return the days of a period in each month, counted one by one."""
    counted: dict[JalaliMonth, int] = {}
    for ordinal in range(start.toordinal(), end.toordinal() + 1):
        month = JalaliMonth.from_date(date.fromordinal(ordinal))
        counted[month] = counted.get(month, 0) + 1
    return counted


@given(periods())
def test_all_days_are_spread_within_the_days_of_each_month(
    period: tuple[date, date, int],
) -> None:
    start, end, days = period
    shares, lengths = spread_days(start, end, days), count_days_by_month(start, end)
    assert sum(shares.values()) == days
    assert all(0 < share <= lengths[month] for month, share in shares.items())
    whole = sum(lengths.values())
    assert all(abs(shares.get(month, 0) - days * lengths[month] / whole) < 1 for month in lengths)


@given(periods())
def test_a_whole_period_is_spread_day_by_day(period: tuple[date, date, int]) -> None:
    start, end, _ = period
    lengths = count_days_by_month(start, end)
    assert spread_days(start, end, sum(lengths.values())) == lengths


def test_half_of_a_period_is_half_of_each_month() -> None:
    start, end = parse_jalali_date("1402-07-16"), parse_jalali_date("1402-09-15")
    assert spread_days(start, end, 30) == {
        JalaliMonth(1402, 7): 7,
        JalaliMonth(1402, 8): 15,
        JalaliMonth(1402, 9): 8,
    }


@st.composite
def decisions(draw: st.DrawFn) -> list[StandingCorrection]:
    places = draw(
        st.lists(st.tuples(st.integers(0, 70), st.sampled_from([*CODES, UNNAMED])), unique=True, max_size=12)
    )
    return [
        StandingCorrection(
            month, code, draw(st.integers(0, month.days)), "کارگاه", uuid.uuid4(), "100000000000"
        )
        for months, code in places
        for month in [JalaliMonth(1398, 7).add_months(months)]
    ]


@given(records(), decisions())
def test_corrections_apply_and_other_rows_remain(
    rows: list[ListedMonth], standing: Sequence[StandingCorrection]
) -> None:
    corrected = apply_corrections(sorted(rows), standing)
    decided = {(correction.month, correction.workshop_code): correction.days for correction in standing}
    named = {place: days for place, days in decided.items() if place[1] != UNNAMED}
    assert sum_recorded_days(corrected) == {**sum_recorded_days(rows), **named}
    assert all(0 <= row.days <= row.month.days for row in corrected)
    assert all(days <= month.days for month, days in count_days(corrected).items())
    assert sum(row.wage for row in corrected) == sum(row.wage for row in rows)
    assert [row for row in corrected if row.objection_id is None] == [
        row for row in sorted(rows) if row.workshop_month not in decided
    ]
    assert [row[:3] for row in corrected] == sorted(row[:3] for row in corrected)


def test_lists_retain_their_days_in_order_while_they_last() -> None:
    month = JalaliMonth(1402, 7)
    rows = [
        build_row(month, 10, number="01"),
        build_row(month, 5, number="02"),
        build_row(month, 8, number="03"),
    ]
    for days, shares in [(30, [17, 5, 8]), (23, [10, 5, 8]), (12, [10, 2, 0]), (0, [0, 0, 0])]:
        corrected = apply_corrections(
            rows, [StandingCorrection(month, "0000000001", days, None, uuid.uuid4(), "1")]
        )
        assert [row.days for row in corrected] == shares
        assert [row.listed_days for row in corrected] == [10, 5, 8]
