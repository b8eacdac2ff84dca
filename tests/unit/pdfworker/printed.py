"""Comparison of a printed letter with its statement, figure by figure."""

from typing import Any

from services.kit.text import group_thousands, to_persian_digits
from tests.unit.pdfworker.extraction import extract_pages, extract_rows, fold


def find_pages(pdf: bytes, title: str) -> list[str]:
    pages = extract_pages(pdf, "-layout")
    return [page for page in pages if title in fold(page)]


def format_numbers(*numbers: int | None) -> list[str]:
    return ["—" if number is None else group_thousands(number) for number in numbers]


def format_year(year: dict[str, Any]) -> list[str]:
    return [to_persian_digits(year["year"]), *format_numbers(*year["months"])]


def format_sums(year: dict[str, Any], *figures: int) -> list[str]:
    """Return the sums of a year, or dashes for a year without lists."""
    without_lists = all(days is None for days in year["months"])
    return format_numbers(*([None] * len(figures) if without_lists else figures))


def assert_tables_are_printed(pdf: bytes, statement: dict[str, Any]) -> None:
    """Assert that the letter has every row and every sum of the three tables, and no other row."""
    tables = statement["tables"]

    rows = extract_rows(find_pages(pdf, fold("جدول ۱")))
    parts = tables["all"].get("workshops") or [tables["all"]]
    expected = [
        format_year(year) + format_sums(year, year["total_days"]) for part in parts for year in part["years"]
    ]
    assert [row for row in rows if len(row) == 14] == expected
    # Headings have figures too, so the sums are found in their order.
    singles = iter(row for row in rows if len(row) == 1)
    for days in [*(part["total_days"] for part in parts if len(parts) > 1), tables["all"]["total_days"]]:
        assert format_numbers(days) in singles

    rows = extract_rows(find_pages(pdf, fold("جدول ۳")))
    expected = [
        format_year(year)
        + format_sums(year, year["total_days"], *year["duration"].values())
        + format_numbers(year["running_days"], *year["running_duration"].values())
        for year in tables["consolidated"]["years"]
    ]
    assert [row for row in rows if len(row) == 21] == expected
    table = tables["consolidated"]
    assert format_numbers(table["total_days"], *table["duration"].values()) in rows

    wages = tables["wages"]
    rows = extract_rows(find_pages(pdf, fold("جدول ۲")))
    expected = [
        [
            to_persian_digits(row["month_jalali"][:4]),
            # Cells are read from the right, the content of each from the left.
            to_persian_digits(row["list_number"]),
            to_persian_digits(row["workshop_code"]),
            *format_numbers(row["days"], row["wage"]),
        ]
        for row in wages["rows"]
    ]
    assert [row for row in rows if len(row) == 5] == expected
    years_with_rows = {int(row["month_jalali"][:4]) for row in wages["rows"]}
    sums = [
        [
            to_persian_digits(year["year"]),
            *(
                format_numbers(year["days"], year["wage"])
                if year["year"] in years_with_rows
                else format_numbers(None, None)
            ),
        ]
        for year in wages["years"]
    ]
    assert [row for row in rows if len(row) == 3 and row[0] in {year[0] for year in sums}] == sums
    assert format_numbers(wages["total_days"], wages["total_wage"]) in rows
