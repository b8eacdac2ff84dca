"""A statement's tables year by year, as pages show them: closed by year, with the year's sums.

The filters `years_of_days` and `years_of_wages` of the templates.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from gateway.portal.statement_marks import list_marks, list_workshop_keys
from services.kit.jalali import JalaliMonth

Months = Sequence[int | None]
KeyedRow = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class WorkshopMonths:
    """The days of twelve months in one workshop; without a code, of all workshops together.

    `key` is the workshop's in the marks of figures.
    """

    code: str | None
    key: str | None
    name: str
    months: Months
    total_days: int


@dataclass(frozen=True)
class YearOfDays:
    """A year with a row for each workshop; in `total_days`, concurrent days count once.

    `running_days` are those up to its end, None where the table has no such sum.
    """

    year: int
    workshops: Sequence[WorkshopMonths]
    total_days: int
    running_days: int | None
    is_disputed: bool
    marks: Sequence[int]


@dataclass(frozen=True)
class WorkshopWages:
    """The rows of one workshop; `shared` are the list number and the job title that all rows have."""

    code: str
    key: str
    name: str
    rows: Sequence[Mapping[str, Any]]
    shared: Mapping[str, str]


@dataclass(frozen=True)
class YearOfWages:
    """A year with the rows of each workshop, in the order of months."""

    year: int
    workshops: Sequence[WorkshopWages]
    days: int
    wage: int
    is_disputed: bool
    marks: Sequence[int]


def list_years_of_days(statement: Mapping[str, Any], kind: str) -> list[YearOfDays]:
    """Return the years of the table `all` or `consolidated`, of either version of the schema."""
    table = statement["tables"][kind]
    rows_by_year: dict[int, list[WorkshopMonths]] = {}
    if "workshops" in table:
        codes = [workshop["workshop_code"] for workshop in table["workshops"]]
        keys = list_workshop_keys(statement, codes)
        for workshop, key in zip(table["workshops"], keys, strict=True):
            for year in workshop["years"]:
                rows_by_year.setdefault(year["year"], []).append(
                    WorkshopMonths(
                        workshop["workshop_code"],
                        key,
                        workshop["workshop_name"],
                        year["months"],
                        year["total_days"],
                    )
                )
        return [
            _build_year(statement, year, rows, _sum_concurrent(year, rows), None)
            for year, rows in sorted(rows_by_year.items())
        ]
    return [
        _build_year(
            statement,
            year["year"],
            [WorkshopMonths(None, None, "", year["months"], year["total_days"])],
            year["total_days"],
            year.get("running_days"),
        )
        for year in table["years"]
    ]


def list_years_of_wages(statement: Mapping[str, Any]) -> list[YearOfWages]:
    """Return the years of the table `wages`, each with its workshops and their rows."""
    rows = list(_list_keyed_rows(statement))
    years = sorted({int(row["month_jalali"][:4]) for _, row in rows})
    return [_build_year_of_wages(statement, year, rows) for year in years]


def _list_keyed_rows(statement: Mapping[str, Any]) -> Iterator[KeyedRow]:
    """Yield the rows of wages with the keys of their workshops; the rows are in the order of months."""
    for month, group in groupby(statement["tables"]["wages"]["rows"], itemgetter("month_jalali")):
        rows = list(group)
        keys = list_workshop_keys(statement, [row["workshop_code"] for row in rows], month)
        yield from zip(keys, rows, strict=True)


def _build_year_of_wages(statement: Mapping[str, Any], year: int, rows: Iterable[KeyedRow]) -> YearOfWages:
    of_year = sorted(
        ((key, row) for key, row in rows if row["month_jalali"].startswith(str(year))),
        key=lambda keyed: (keyed[0], keyed[1]["month_jalali"]),
    )
    workshops = [
        _build_workshop(key, [row for _, row in group]) for key, group in groupby(of_year, itemgetter(0))
    ]
    return YearOfWages(
        year,
        sorted(workshops, key=lambda workshop: str(workshop.rows[0]["month_jalali"])),
        sum(row["days"] for _, row in of_year),
        sum(row["wage"] for _, row in of_year),
        _has_year(statement["disputed_months"], year),
        list_marks(statement, f"{year}-"),
    )


def _build_workshop(key: str, rows: Sequence[Mapping[str, Any]]) -> WorkshopWages:
    values = {name: {row.get(name) or "" for row in rows} for name in ("list_number", "job_title")}
    shared = {name: one for name, (one, *others) in values.items() if not others}
    return WorkshopWages(rows[0]["workshop_code"], key, rows[0]["workshop_name"], rows, shared)


def _build_year(
    statement: Mapping[str, Any],
    year: int,
    rows: Sequence[WorkshopMonths],
    total_days: int,
    running_days: int | None,
) -> YearOfDays:
    return YearOfDays(
        year,
        rows,
        total_days,
        running_days,
        _has_year(statement["disputed_months"], year),
        list_marks(statement, f"{year}-"),
    )


def _has_year(months: Iterable[str], year: int) -> bool:
    return any(month.startswith(f"{year}-") for month in months)


def _sum_concurrent(year: int, rows: Collection[WorkshopMonths]) -> int:
    """Return the days of a year as letters count them: the sum of a month, at most the month's length."""
    days_by_month = {
        JalaliMonth(year, number): sum(row.months[number - 1] or 0 for row in rows) for number in range(1, 13)
    }
    return sum(min(days, month.days) for month, days in days_by_month.items())
