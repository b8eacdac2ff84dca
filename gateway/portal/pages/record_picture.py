"""The picture of a record: years of twelve months, made from its rows. Called by the record's pages."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.kit.jalali import JalaliMonth
from services.kit.text import normalise_digits

Rows = Iterable[Mapping[str, Any]]
PARTS = 4


@dataclass(frozen=True)
class Cell:
    """A month of the picture; `days` is None where no list was received."""

    month: JalaliMonth
    days: int | None
    is_inside: bool
    is_disputed: bool

    @property
    def state(self) -> str:
        """``full``, ``part-1`` to ``part-3``, ``zero``, ``gap``, or ``outside`` of all lists."""
        if self.days is None:
            return "gap" if self.is_inside else "outside"
        if self.days == 0:
            return "zero"
        if self.days >= self.month.days:
            return "full"
        return f"part-{max(1, PARTS * self.days // self.month.days)}"


@dataclass(frozen=True)
class Year:
    """A row of the picture with the sum of its days."""

    year: int
    cells: Sequence[Cell]

    @property
    def total(self) -> int:
        return sum(cell.days or 0 for cell in self.cells)


def build_years(rows: Rows, disputed: Collection[str], first: int | None, last: int | None) -> list[Year]:
    """Return the years from `first` to `last`, else all years with rows or disputed months ("1403-07").

    Days count as in letters: the sum of all lists of a month, at most the month's length.
    """
    days_by_month: dict[JalaliMonth, int] = {}
    for row in rows:
        month = JalaliMonth.parse(row["month_jalali"])
        days_by_month[month] = days_by_month.get(month, 0) + row["days"]
    flagged = {JalaliMonth.parse(month) for month in disputed}
    months = days_by_month.keys() | flagged
    if not months:
        return []

    def build_cell(month: JalaliMonth) -> Cell:
        days = min(days_by_month[month], month.days) if month in days_by_month else None
        is_inside = bool(days_by_month) and min(days_by_month) <= month <= max(days_by_month)
        return Cell(month, days, is_inside, month in flagged)

    years = range(first or min(months).year, (last or max(months).year) + 1)
    return [Year(year, [build_cell(JalaliMonth(year, month)) for month in range(1, 13)]) for year in years]


def name_workshops(rows: Rows) -> dict[str, str]:
    """Return the name of each workshop by its code, in the order of the rows."""
    return {row["workshop_code"]: row["workshop_name"] or row["workshop_code"] for row in rows}


def parse_year(text: str) -> int | None:
    """Return the year of a text of four digits of any kind, None for other texts."""
    match = re.fullmatch("[0-9]{4}", normalise_digits(text))
    return int(match[0]) if match else None
