"""Compares what a letter prints with its statement, figure by figure."""

from typing import Any

from services.kit.text import group_thousands, to_persian_digits
from tests.unit.pdfworker.extraction import fold, pages_of, rows_of


def pages_with(pdf: bytes, title: str) -> list[str]:
    pages = pages_of(pdf, "-layout")
    return [page for page in pages if title in fold(page)]


def persian(*numbers: int | None) -> list[str]:
    return ["—" if number is None else group_thousands(number) for number in numbers]


def year_figures(year: dict[str, Any]) -> list[str]:
    return [to_persian_digits(year["year"]), *persian(*year["months"])]


def year_sums(year: dict[str, Any], *figures: int) -> list[str]:
    """A year's sums; dashes for a year without any list."""
    without_lists = all(days is None for days in year["months"])
    return persian(*([None] * len(figures) if without_lists else figures))


def assert_tables_are_printed(pdf: bytes, statement: dict[str, Any]) -> None:
    """Every row and every sum of the three tables stands in the letter, and no row that is not theirs."""
    tables = statement["tables"]

    rows = rows_of(pages_with(pdf, fold("جدول ۱")))
    expected = [year_figures(year) + year_sums(year, year["total_days"]) for year in tables["all"]["years"]]
    assert [row for row in rows if len(row) == 14] == expected
    assert persian(tables["all"]["total_days"]) in rows

    rows = rows_of(pages_with(pdf, fold("جدول ۳")))
    expected = [
        year_figures(year)
        + year_sums(year, year["total_days"], *year["duration"].values())
        + persian(year["running_days"], *year["running_duration"].values())
        for year in tables["consolidated"]["years"]
    ]
    assert [row for row in rows if len(row) == 21] == expected
    table = tables["consolidated"]
    assert persian(table["total_days"], *table["duration"].values()) in rows

    wages = tables["wages"]
    rows = rows_of(pages_with(pdf, fold("جدول ۲")))
    expected = [
        [
            to_persian_digits(row["month_jalali"][:4]),
            # Cells are read from the right, and what is in one of them from the left.
            to_persian_digits(row["list_number"]),
            to_persian_digits(row["workshop_code"]),
            *persian(row["days"], row["wage"]),
        ]
        for row in wages["rows"]
    ]
    assert [row for row in rows if len(row) == 5] == expected
    listed = {int(row["month_jalali"][:4]) for row in wages["rows"]}
    sums = [
        [
            to_persian_digits(year["year"]),
            *(persian(year["days"], year["wage"]) if year["year"] in listed else persian(None, None)),
        ]
        for year in wages["years"]
    ]
    assert [row for row in rows if len(row) == 3 and row[0] in {year[0] for year in sums}] == sums
    assert persian(wages["total_days"], wages["total_wage"]) in rows
