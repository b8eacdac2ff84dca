"""Every answer equals a recomputation that tries figures: months are filled with rows, and statements read.

The recomputation shares nothing with `services.kit.answers`. It reads the statement of the whole record as
printed, and where figures are open it builds the record again with each value and reads that statement.
`make fuzz` does so for 200 people, `make test` for some.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import product
from types import SimpleNamespace
from typing import Any, cast

from services.kit.answers import QUESTIONS, FactRow, Facts, compute_answers, parse_question
from services.kit.jalali import JalaliMonth
from services.kit.statement_types import StatementType
from services.records.actions.statements import compose_statement
from services.records.models import Person
from services.records.store.contributions import ListedMonth
from tests.sizes import IS_FULL

PEOPLE = 200 if IS_FULL else 30
CLOSED = JalaliMonth(1405, 6)
WORKSHOPS = ("0000000011", "0000000022", "0000000033")
JOBS = {"000007": "جوشکار", "000008": "نقشه‌کش"}
HUGE = 10**15
PERSON = cast(
    "Person",
    SimpleNamespace(
        national_code="0012345679", first_name="مریم", last_name="آزمون", father_name=None, birth_date=None,
        insurance_number="12345678", sex=None,
    ),
)  # fmt: skip

Rows = Sequence[ListedMonth]


def _new_row(month: JalaliMonth, workshop: str, job: str, days: int, wage: int) -> ListedMonth:
    return ListedMonth(
        month, workshop, "1", 1, "کارگاه", days, wage, list_position=1, job_title=JOBS[job], job_code=job
    )


def _invent_rows(dice: random.Random) -> Rows:
    """Return a record whose gaps, ends and second jobs are near the newest closed month."""
    first = CLOSED.add_months(-dice.randrange(2, 40))
    last = CLOSED.add_months(dice.choice([-6, -1, -1, 0, 0, 1, 2, 3]))
    rows = []
    for month in first.iterate_until(last):
        for workshop in WORKSHOPS[: dice.choice([0, 1, 1, 1, 1, 2])]:
            days = dice.choice([0, 1, 15, month.days, month.days])
            rows.append(
                _new_row(
                    month, workshop, dice.choice(list(JOBS)), days, days * dice.choice([0, 3, 9]) * 10**6
                )
            )
    return rows


def _invent_disputes(dice: random.Random) -> frozenset[JalaliMonth]:
    months = [CLOSED.add_months(back) for back in range(-13, 4)]
    return frozenset(dice.sample(months, dice.choice([0, 0, 1, 2])))


def _list_questions(dice: random.Random, rows: Rows) -> Iterator[dict[str, Any]]:
    """Yield every question with parameters around its boundaries."""
    near = [str(CLOSED.add_months(distance)) for distance in (-12, -1, 0, 1, 2)]
    for month in near:
        yield {"question": "insured_in_month", "month_jalali": month}
    yield {"question": "insured_recently"}
    for workshop in WORKSHOPS:
        yield {"question": "employed_recently_at", "workshop_code": workshop}
    for days in (30, 60, 360, dice.randrange(30, 1200, 30)):
        yield {"question": "days_at_least", "days": days}
        yield {"question": "days_at_least", "days": days, "to_jalali": dice.choice(near)}
        yield {"question": "days_at_least", "days": days, "from_jalali": dice.choice(near)}
    for first, last in product(near, near):
        if first <= last:
            yield {"question": "no_days_between", "from_jalali": first, "to_jalali": last}
            days = dice.choice([30, 60, 90, 360])
            yield {"question": "days_at_least", "days": days, "from_jalali": first, "to_jalali": last}
    for months in (1, 3, dice.randrange(1, 40)):
        yield {"question": "continuous_months_at_least", "months": months}
    for job in JOBS:
        count = len({row.month for row in rows if row.job_code == job and row.days and row.month <= CLOSED})
        for months in {1, count or 1, count + 1}:
            yield {"question": "in_job_at_least", "job_code": job, "months": months}
    for months, rials in product((3, 6, 12), (50_000_000, 100_000_000, 250_000_000)):
        yield {"question": "average_wage_at_least", "rials": rials, "months": months}


class Reader:
    """Answers true or false from one printed statement."""

    def __init__(self, rows: Rows) -> None:
        ordered = sorted(rows, key=lambda row: row.order)
        statement = compose_statement(PERSON, ordered, StatementType, datetime(2026, 12, 1, tzinfo=UTC))
        self.rows = statement["tables"]["wages"]["rows"]
        self.days = {
            f"{year['year']}-{number:02}": days or 0
            for year in statement["tables"]["consolidated"]["years"]
            for number, days in enumerate(year["months"], start=1)
        }

    def is_true(self, question: dict[str, Any]) -> bool:
        return bool(
            getattr(self, f"is_true_{question['question']}")(
                **{k: v for k, v in question.items() if k != "question"}
            )
        )

    def is_true_insured_in_month(self, month_jalali: str) -> bool:
        return self.days.get(month_jalali, 0) >= 1

    def is_true_insured_recently(self) -> bool:
        return any(days for month, days in self.days.items() if month >= str(CLOSED))

    def is_true_employed_recently_at(self, workshop_code: str) -> bool:
        recent = [row for row in self.rows if row["month_jalali"] >= str(CLOSED)]
        return any(row["days"] for row in recent if row["workshop_code"] == workshop_code)

    def is_true_days_at_least(self, days: int, from_jalali: str = "", to_jalali: str = str(CLOSED)) -> bool:
        return sum(n for month, n in self.days.items() if from_jalali <= month <= to_jalali) >= days

    def is_true_no_days_between(self, from_jalali: str, to_jalali: str) -> bool:
        return sum(n for month, n in self.days.items() if from_jalali <= month <= to_jalali) == 0

    def is_true_continuous_months_at_least(self, months: int) -> bool:
        return all(self.days.get(str(CLOSED.add_months(-back)), 0) for back in range(months))

    def is_true_in_job_at_least(self, job_code: str, months: int) -> bool:
        in_job = [row for row in self.rows if row["job_title"] == JOBS[job_code] and row["days"]]
        return len({row["month_jalali"] for row in in_job if row["month_jalali"] <= str(CLOSED)}) >= months

    def is_true_average_wage_at_least(self, rials: int, months: int) -> bool:
        window = {str(CLOSED.add_months(-back)) for back in range(months)}
        wages = [int(row["wage"]) for row in self.rows if row["month_jalali"] in window]
        return sum(wages) / months >= rials


def _replace_month(rows: Rows, month: JalaliMonth, workshop: str, job: str, days: int, wage: int) -> Rows:
    """Return the record with only one row in a month."""
    return [*(row for row in rows if row.month != month), _new_row(month, workshop, job, days, wage)]


def _fill_disputed(rows: Rows, disputed: Sequence[JalaliMonth]) -> Iterator[Rows]:
    """Yield the record with every combination of values in the disputed months, at any workshop and job."""
    values = [
        [(0, 0), (1, 1), (month.days // 2, 10**8), (month.days, 0), (month.days, HUGE)] for month in disputed
    ]
    for workshop, job in ((WORKSHOPS[0], "000007"), (WORKSHOPS[1], "000008"), (WORKSHOPS[2], "000008")):
        for chosen in product(*values):
            filled = rows
            for month, (days, wage) in zip(disputed, chosen, strict=True):
                filled = _replace_month(filled, month, workshop, job, days, wage)
            yield filled


def _fill_later(rows: Rows) -> Iterator[Rows]:
    """Yield the record with more lists in months that are not closed: in each one, and in all of them."""
    later = [CLOSED.add_months(distance) for distance in range(1, 13)]
    for workshop, job, share in product(WORKSHOPS, JOBS, (1, 2, 31)):
        extra = [_new_row(month, workshop, job, min(month.days, share), HUGE) for month in later]
        yield from ([*rows, row] for row in extra[:3])
        yield [*rows, *extra]


def test_every_answer_equals_a_recomputation_from_statements() -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for seed in range(PEOPLE):
        dice = random.Random(seed)
        rows, disputed = _invent_rows(dice), _invent_disputes(dice)
        facts = Facts(
            [FactRow(row.month, row.workshop_code, row.job_code, row.days, row.wage) for row in rows],
            disputed,
        )
        questions = [parse_question(question) for question in _list_questions(dice, rows)]
        recorded = Reader(rows)
        disputes = [Reader(filled) for filled in _fill_disputed(rows, sorted(disputed))] if disputed else []
        later = [Reader(filled) for filled in _fill_later(rows)]
        answers = compute_answers(facts, questions, CLOSED)
        for question, answered in zip(questions, answers, strict=True):
            result = recorded.is_true(question)
            expected = "yes" if result else "no"
            if any(reader.is_true(question) != result for reader in disputes):
                expected = "disputed"
            elif any(reader.is_true(question) != result for reader in later):
                expected = "not-known-yet"
            assert answered == {**question, "answer": expected}, (seed, sorted(disputed))
            seen[question["question"], expected] += 1
    assert {answer for _, answer in seen} == {"yes", "no", "disputed", "not-known-yet"}
    assert {(name, "disputed") for name in QUESTIONS} <= seen.keys()
    # Windows that end with the newest closed month do not wait for later lists.
    waiting = {name for name, answer in seen if answer == "not-known-yet"}
    assert waiting == {
        "insured_in_month", "insured_recently", "employed_recently_at", "days_at_least", "no_days_between"
    }  # fmt: skip
