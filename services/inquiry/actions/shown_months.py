"""Which months a letter shows, by its statement of any schema version. Called by `objections`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

Table = Mapping[str, Any]


def select_shown_months(statement: Mapping[str, Any], months: Collection[str]) -> Sequence[str]:
    """Return those of the months ("1403-07") that a letter of this statement shows, sorted.

    These are all from the first to the last month of its tables, so that a missing period counts. A table of
    years begins with the first month of its first year. It ends with its last year, or with the month of the
    statement. Months that the letter itself calls disputed are shown too.
    """
    named = set(statement.get("disputed_months", ()))
    tables = statement.get("tables", {}).values()
    firsts = [f"{year['year']}-01" for year in _list_years(tables)] + _list_row_months(tables)
    first, last = min(firsts, default="9999"), _find_last(statement, tables)
    return sorted({month for month in months if first <= month <= last or month in named})


def _find_last(statement: Mapping[str, Any], tables: Collection[Table]) -> str:
    years = list(_list_years(tables))
    filled = [
        f"{year['year']}-{number:02}"
        for year in years
        for number, days in enumerate(year["months"], start=1)
        if days is not None
    ]
    end_of_years = max((f"{year['year']}-12" for year in years), default="")
    made_in = str(statement.get("as_of_jalali") or "9999")[:7]
    return max(min(end_of_years, made_in), *filled, *_list_row_months(tables), "")


def _list_years(tables: Collection[Table]) -> Iterator[Table]:
    """Yield the years with twelve months of all tables, also those that have a table for each workshop."""
    for table in tables:
        for part in (table, *table.get("workshops", ())):
            yield from (year for year in part.get("years", ()) if "months" in year)


def _list_row_months(tables: Collection[Table]) -> list[str]:
    return [row["month_jalali"] for table in tables for row in table.get("rows", ())]
