"""The picture of a record: years of twelve months, drawn from its rows. Called by the record's pages."""

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


def draw(rows: Rows, disputed: Collection[str], first: int | None, last: int | None) -> list[Year]:
    """The years from `first` to `last`, else all that rows and disputed months ("1403-07") lie in.

    Days count as in letters: all lists of a month together, at most the month's length.
    """
    listed: dict[JalaliMonth, int] = {}
    for row in rows:
        month = JalaliMonth.parse(row["month_jalali"])
        listed[month] = listed.get(month, 0) + row["days"]
    flagged = {JalaliMonth.parse(month) for month in disputed}
    known = listed.keys() | flagged
    if not known:
        return []

    def cell(month: JalaliMonth) -> Cell:
        days = min(listed[month], month.days) if month in listed else None
        is_inside = bool(listed) and min(listed) <= month <= max(listed)
        return Cell(month, days, is_inside, month in flagged)

    years = range(first or min(known).year, (last or max(known).year) + 1)
    return [Year(year, [cell(JalaliMonth(year, one)) for one in range(1, 13)]) for year in years]


def workshops(rows: Rows) -> dict[str, str]:
    """The name of each workshop by its code, in the order in which they come up."""
    return {row["workshop_code"]: row["workshop_name"] or row["workshop_code"] for row in rows}


def year_in(text: str) -> int | None:
    """The year that four digits of any kind name, None where there is no such."""
    found = re.fullmatch("[0-9]{4}", normalise_digits(text))
    return int(found[0]) if found else None
