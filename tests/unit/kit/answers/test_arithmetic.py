"""Which months are closed, and the answers at the edges that a recomputation does not reach."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.kit.answers import FactRow, Facts, compute_answers, find_closed_month
from services.kit.jalali import JalaliMonth

CLOSED = JalaliMonth(1405, 6)


@pytest.mark.parametrize("days", [0, 1, 31, 62, 400])
def test_month_is_closed_a_number_of_days_after_its_end(days: int) -> None:
    closing = CLOSED.last_day + timedelta(days=days)
    assert find_closed_month(closing, days) == CLOSED
    assert find_closed_month(closing - timedelta(days=1), days) == CLOSED.add_months(-1)


def test_days_by_default_are_two_months() -> None:
    assert find_closed_month(date(2026, 12, 1)) == JalaliMonth(1405, 6)


def _compute_answer(question: dict[str, Any], facts: Facts) -> str:
    (answer,) = compute_answers(facts, [question], CLOSED)
    return str(answer["answer"])


def test_person_without_a_record_has_answers() -> None:
    nobody = Facts([])
    assert _compute_answer({"question": "insured_recently"}, nobody) == "not-known-yet"
    assert _compute_answer({"question": "days_at_least", "days": 30}, nobody) == "no"
    assert _compute_answer({"question": "continuous_months_at_least", "months": 480}, nobody) == "no"
    span = {"from_jalali": "1403-01", "to_jalali": "1405-06"}
    assert _compute_answer({"question": "no_days_between", **span}, nobody) == "yes"
    assert (
        _compute_answer({"question": "no_days_between", **span, "to_jalali": "1405-07"}, nobody)
        == "not-known-yet"
    )


def test_average_wage_is_of_calendar_months_also_without_lists() -> None:
    rows = [FactRow(CLOSED.add_months(-back), "0000000001", "000001", 30, 100_000_000) for back in (0, 2)]
    question = {"question": "average_wage_at_least", "months": 3}
    assert _compute_answer({**question, "rials": 50_000_000}, Facts(rows)) == "yes"
    assert _compute_answer({**question, "rials": 100_000_000}, Facts(rows)) == "no"
    exact = [*rows, FactRow(CLOSED.add_months(-1), "0000000001", "000001", 0, 100_000_000)]
    assert _compute_answer({**question, "rials": 100_000_000}, Facts(exact)) == "yes"


def test_dispute_before_the_record_counts() -> None:
    facts = Facts([FactRow(CLOSED, "0000000001", "", 31, 0)], frozenset({JalaliMonth(1390, 1)}))
    assert _compute_answer({"question": "days_at_least", "days": 60}, facts) == "disputed"
    assert _compute_answer({"question": "days_at_least", "days": 90}, facts) == "no"


def test_facts_are_parsed_from_json() -> None:
    row = {"month_jalali": "1405-06", "workshop_code": "0000000001", "job_code": "", "days": 3, "wage": 7}
    facts = Facts.parse({"rows": [row], "disputed_months": ["1405-05"]})
    assert facts == Facts([FactRow(CLOSED, "0000000001", "", 3, 7)], frozenset({JalaliMonth(1405, 5)}))
