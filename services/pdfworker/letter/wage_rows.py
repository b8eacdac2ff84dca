"""The rows of the table of wages: one for each contribution, and the sums of a year. Called by `tables`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

from markupsafe import Markup

from services.kit.text import group_thousands, to_persian_digits
from services.pdfworker.letter.figures import NO_LIST, format_month, isolate_text
from services.pdfworker.letter.marks import Cell, Figure, Marks
from services.pdfworker.letter.statement import NO_CODE, WageRow, WageYear

RIGHT_TO_LEFT_MARK = "\u200f"
# Letters, digits and spaces only: such a text looks the same in a cell of either direction.
ONE_WAY = re.compile("[\u0621-\u063a\u0641-\u064a\u067e\u0686\u0698\u06a9\u06af\u06cc0-9\u200c ]*")


@dataclass(frozen=True)
class WageLine:
    """A contribution."""

    month: str
    ends_season: bool
    workshop: Figure
    runs_one_way: bool
    job_title: str
    has_one_way_title: bool
    days: Figure
    wage: str


@dataclass(frozen=True)
class WagesOfYear:
    """The contributions of a year and their sums."""

    year: str
    lines: Sequence[WageLine]
    days: str
    wage: str


def build_wages_year(year: WageYear, rows: Sequence[tuple[WageRow, Cell]], marks: Marks) -> WagesOfYear:
    """Return the rows of a year, each with its cell, and its sums; dashes for a year without rows."""
    return WagesOfYear(
        year=to_persian_digits(year.year),
        lines=[
            _build_wage_line(row, cell, after and after[0], marks)
            for (row, cell), after in zip_longest(rows, rows[1:])
        ],
        days=group_thousands(year.days) if rows else NO_LIST,
        wage=group_thousands(year.wage) if rows else NO_LIST,
    )


def _build_wage_line(row: WageRow, cell: Cell, following: WageRow | None, marks: Marks) -> WageLine:
    return WageLine(
        month=format_month(row.month_jalali),
        ends_season=following is not None and _compute_season(row) != _compute_season(following),
        workshop=_format_workshop(row.workshop_code, row.list_number, row.workshop_name),
        runs_one_way=bool(ONE_WAY.fullmatch(row.workshop_name + row.list_number)),
        job_title=row.job_title,
        has_one_way_title=bool(ONE_WAY.fullmatch(row.job_title)),
        days=marks.mark_figure(to_persian_digits(row.days), cell),
        wage=group_thousands(row.wage) if row.list_number else NO_LIST,
    )


def _compute_season(row: WageRow) -> int:
    return (row.month_jalali.month - 1) // 3


def is_full(row: WageRow) -> bool:
    """Return whether a row has a list and days, so that it needs no explanation."""
    return bool(row.list_number and row.days)


@lru_cache(maxsize=512)
def _format_workshop(code: str, list_number: str, name: str) -> Figure:
    """Return a workshop's code, the number of the list and the name.

    The code is missing for a workshop that only an objection names. The mark makes the line run from right to
    left in a cell of either direction.
    """
    before = "" if code == NO_CODE else Markup("{} ").format(format_code(code))
    number = Markup("لیست {}").format(format_code(list_number)) if list_number else "بدون لیست"
    return Markup("{}{}{}، {}").format(RIGHT_TO_LEFT_MARK, before, number, name)


def format_code(code: str) -> Figure:
    """Return a code for use between words. Digits need no isolation, which takes seconds for thousands."""
    digits = to_persian_digits(code)
    return digits if code.isdecimal() else isolate_text(digits)
