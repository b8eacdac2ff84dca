"""The arithmetic of answers: pure functions of a record's months, its disputed months and the closed ones.

One rule serves every question. A question is true or false of a record's figures. It is disputed if other
figures in the months under an open objection could change that, and not known yet if further lists of months
that are not closed could. Every question only grows or only shrinks with its figures, so the least and the
most of a month suffice to try all values between them.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum
from typing import Any, Self

from services.kit.answers.catalogue import Answer
from services.kit.answers.parsing import Question
from services.kit.jalali import JalaliMonth

CLOSED_AFTER_DAYS = 62


@dataclass(frozen=True, slots=True)
class FactRow:
    """A contribution as answers need it; codes in their one form, days and rials whole numbers."""

    month: JalaliMonth
    workshop_code: str
    job_code: str
    days: int
    wage: int


@dataclass(frozen=True, slots=True)
class Facts:
    """A record as answers need it: its contributions, and the months that open objections are about."""

    rows: Sequence[FactRow]
    disputed_months: frozenset[JalaliMonth] = frozenset()

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """Return the facts of a JSON document with `rows` and `disputed_months`."""
        rows = [
            FactRow(
                JalaliMonth.parse(row["month_jalali"]),
                row["workshop_code"],
                row["job_code"],
                row["days"],
                row["wage"],
            )
            for row in document["rows"]
        ]
        return cls(rows, frozenset(map(JalaliMonth.parse, document["disputed_months"])))


def find_closed_month(today: date, closed_after_days: int = CLOSED_AFTER_DAYS) -> JalaliMonth:
    """Return the newest month whose end is that many days ago or more, by the days of Tehran."""
    month = JalaliMonth.from_date(today - timedelta(days=closed_after_days))
    is_closed = month.last_day + timedelta(days=closed_after_days) <= today
    return month if is_closed else month.add_months(-1)


def compute_answers(
    facts: Facts, questions: Iterable[Question], closed_until: JalaliMonth
) -> list[dict[str, Any]]:
    """Return parsed questions with their answers, in order. `closed_until` is the newest closed month."""
    disputed = facts.disputed_months
    as_recorded = _Figures(facts, closed_until, _group_rows(facts), lambda _month: None)
    least = replace(as_recorded, fill=lambda month: _Filling.LEAST if month in disputed else None)
    most = replace(as_recorded, fill=lambda month: _Filling.MOST if month in disputed else None)
    later = replace(as_recorded, fill=lambda month: _Filling.MOST if month > closed_until else None)

    def compute_answer(question: Question) -> Answer:
        is_true = _EVALUATORS[question["question"]]
        result = is_true(as_recorded, question)
        if is_true(least, question) != result or is_true(most, question) != result:
            return Answer.DISPUTED
        if is_true(later, question) != result:
            return Answer.NOT_KNOWN_YET
        return Answer.YES if result else Answer.NO

    return [{**question, "answer": compute_answer(question).value} for question in questions]


def _group_rows(facts: Facts) -> Mapping[JalaliMonth, Sequence[FactRow]]:
    by_month: dict[JalaliMonth, list[FactRow]] = {}
    for row in facts.rows:
        by_month.setdefault(row.month, []).append(row)
    return by_month


class _Filling(Enum):
    """What a month is filled with instead of its figures of the record."""

    LEAST = "least"
    MOST = "most"


@dataclass(frozen=True)
class _Figures:
    """The figures of months: those of the record, or the least or the most where `fill` says so."""

    facts: Facts
    closed_until: JalaliMonth
    by_month: Mapping[JalaliMonth, Sequence[FactRow]]
    fill: Callable[[JalaliMonth], _Filling | None]

    def count_days(
        self, month: JalaliMonth, *, workshop_code: str | None = None, job_code: str | None = None
    ) -> int:
        """Return the days that count in a month, at most its length; or those of one workshop or job."""
        filled = self.fill(month)
        if filled is not None:
            return month.days if filled is _Filling.MOST else 0
        days = sum(
            row.days
            for row in self.by_month.get(month, ())
            if workshop_code in (None, row.workshop_code) and job_code in (None, row.job_code)
        )
        return min(days, month.days)

    def sum_wages(self, month: JalaliMonth) -> float:
        """Return the listed wages of a month, infinite where any wage is possible."""
        filled = self.fill(month)
        if filled is not None:
            return math.inf if filled is _Filling.MOST else 0
        return sum(row.wage for row in self.by_month.get(month, ()))

    def list_newest_months(self, count: int) -> Iterable[JalaliMonth]:
        """Return the months of the window of that length that ends with the newest closed month."""
        return self.closed_until.add_months(1 - count).iterate_until(self.closed_until)

    def list_recent_months(self) -> Iterable[JalaliMonth]:
        """Return the newest closed month and the later ones that have figures, and at least one later one."""
        others = (*self.by_month, *self.facts.disputed_months)
        return self.closed_until.iterate_until(max([self.closed_until.add_months(1), *others]))

    def list_months_between(self, first: str | None, last: str | None) -> Iterable[JalaliMonth]:
        """Return the months of a range: by default from the first with figures to the newest closed one."""
        end = JalaliMonth.parse(last) if last else self.closed_until
        if first:
            return JalaliMonth.parse(first).iterate_until(end)
        # Months before the record have no figures, but later ones may get them.
        return min([*self.by_month, *self.facts.disputed_months, self.closed_until]).iterate_until(end)


def _is_insured_in_month(figures: _Figures, question: Question) -> bool:
    return figures.count_days(JalaliMonth.parse(question["month_jalali"])) > 0


def _is_insured_recently(figures: _Figures, _question: Question) -> bool:
    return any(figures.count_days(month) > 0 for month in figures.list_recent_months())


def _is_employed_recently(figures: _Figures, question: Question) -> bool:
    code = question["workshop_code"]
    return any(figures.count_days(month, workshop_code=code) > 0 for month in figures.list_recent_months())


def _has_days(figures: _Figures, question: Question) -> bool:
    months = figures.list_months_between(question.get("from_jalali"), question.get("to_jalali"))
    return sum(map(figures.count_days, months)) >= int(question["days"])


def _has_no_days(figures: _Figures, question: Question) -> bool:
    months = figures.list_months_between(question["from_jalali"], question["to_jalali"])
    return all(figures.count_days(month) == 0 for month in months)


def _has_continuous_months(figures: _Figures, question: Question) -> bool:
    return all(figures.count_days(month) > 0 for month in figures.list_newest_months(question["months"]))


def _has_months_in_job(figures: _Figures, question: Question) -> bool:
    months = figures.list_months_between(None, None)
    count = sum(figures.count_days(month, job_code=question["job_code"]) > 0 for month in months)
    return count >= int(question["months"])


def _has_average_wage(figures: _Figures, question: Question) -> bool:
    wages = sum(map(figures.sum_wages, figures.list_newest_months(question["months"])))
    return bool(wages >= question["rials"] * question["months"])


_EVALUATORS: Mapping[str, Callable[[_Figures, Question], bool]] = {
    "insured_in_month": _is_insured_in_month,
    "insured_recently": _is_insured_recently,
    "employed_recently_at": _is_employed_recently,
    "days_at_least": _has_days,
    "no_days_between": _has_no_days,
    "continuous_months_at_least": _has_continuous_months,
    "in_job_at_least": _has_months_in_job,
    "average_wage_at_least": _has_average_wage,
}
