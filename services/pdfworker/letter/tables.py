"""The rows of the three tables and the footnotes below each. Called by `render`."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import Any

from markupsafe import Markup

from services.kit.jalali import JalaliMonth, get_month_name
from services.kit.statement_types import StatementType
from services.kit.text import group_thousands, to_persian_digits
from services.pdfworker.letter.figures import (
    NO_LIST,
    format_month,
    group_digits,
    isolate_text,
)
from services.pdfworker.letter.statement import (
    AllTable,
    ConsolidatedTable,
    ConsolidatedYear,
    Duration,
    Snapshot,
    Statement,
    WageRow,
    WagesTable,
    WageYear,
    YearOfMonths,
)

MONTH_NAMES = tuple(get_month_name(month) for month in range(1, 13))

LISTS_NOTE = "«—»: لیستی دریافت نشده است؛ «۰»: لیست دریافت شده و کارکرد صفر است."
AS_LISTED_NOTE = (
    "هر ردیف همان است که در لیست کارفرما آمده است؛ روزهای هم‌زمان در این جدول جداگانه شمرده شده است."
)
MOSTLY_AS_LISTED_NOTE = (
    "هر ردیف، مگر با نشان (۲)، همان است که در لیست کارفرما آمده است؛ "
    "روزهای هم‌زمان در این جدول جداگانه شمرده شده است."
)
DISPUTED_NOTE = "(۱) این ماه مورد اعتراض بیمه‌شده و در دست بررسی است."
CORRECTED_NOTE = Markup("(۲) این رقم بر اساس تصمیم درباره اعتراض شماره {} ثبت یا اصلاح شده است.")

# A thin rule guides the eye after this many years, and after every season of months.
YEARS_IN_GROUP = 5
NO_CODE = "-"
RIGHT_TO_LEFT_MARK = "\u200f"
# Letters, digits and spaces only: such a text looks the same in a cell of either direction.
ONE_WAY = re.compile("[\u0621-\u063a\u0641-\u064a\u067e\u0686\u0698\u06a9\u06af\u06cc0-9\u200c ]*")

Figure = str | Markup
# A month, and the code of a workshop or None for the whole month.
Cell = tuple[JalaliMonth, str | None]


@dataclass(frozen=True)
class MonthsRow:
    """A year with its twelve months and its sums."""

    year: str
    ends_group: bool
    months: Sequence[Figure]
    sums: Sequence[str]


@dataclass(frozen=True)
class WageLine:
    """A contribution."""

    month: str
    ends_season: bool
    workshop: Figure
    runs_one_way: bool
    days: Figure
    wage: str


@dataclass(frozen=True)
class WagesOfYear:
    """The contributions of a year and their sums."""

    year: str
    lines: Sequence[WageLine]
    days: str
    wage: str


@dataclass(frozen=True)
class Table:
    """A table for the template that `kind` names; `totals` is its last row."""

    kind: str
    number: str
    title: str
    years: Sequence[MonthsRow] | Sequence[WagesOfYear]
    totals: Sequence[str]
    footnotes: Sequence[str]


class Marks:
    """The footnote marks of figures, and the footnotes that explain them."""

    def __init__(self, statement: Statement) -> None:
        self._disputed = frozenset(statement.disputed_months)
        self._tracking_numbers: dict[Cell, list[str]] = {}
        for correction in statement.corrections:
            for workshop in (correction.workshop_code, None):
                cell = (correction.month_jalali, workshop)
                self._tracking_numbers.setdefault(cell, []).append(correction.tracking_number)

    def mark_figure(self, figure: str, month: JalaliMonth, workshop: str | None = None) -> Figure:
        """Return a figure with the marks of a workshop's contribution or of the whole month."""
        notes = ["۱"] * (month in self._disputed) + ["۲"] * ((month, workshop) in self._tracking_numbers)
        return Markup("{}<small>({})</small>").format(figure, "،".join(notes)) if notes else figure

    def has_corrected(self, cells: Sequence[Cell]) -> bool:
        """Return whether an objection corrected any of these cells."""
        return any(cell in self._tracking_numbers for cell in cells)

    def list_footnotes(self, cells: Sequence[Cell]) -> Iterator[str]:
        """Yield the footnotes that explain the marks of these cells."""
        if any(month in self._disputed for month, _ in cells):
            yield DISPUTED_NOTE
        numbers = {number for cell in cells for number in self._tracking_numbers.get(cell, ())}
        if numbers:
            yield CORRECTED_NOTE.format(
                Markup(" و ").join(isolate_text(group_digits(n)) for n in sorted(numbers))
            )


def build_tables(snapshot: Snapshot) -> list[Table]:
    """Return the chosen tables in the order of their numbers; a table without years is left out."""
    marks = Marks(snapshot.statement)
    chosen = [kind for kind in StatementType if kind in snapshot.letter.types]
    tables = [_BUILDERS[kind](getattr(snapshot.statement.tables, kind), marks) for kind in chosen]
    return [table for table in tables if table.years]


def _create_table(
    kind: StatementType,
    years: Sequence[MonthsRow] | Sequence[WagesOfYear],
    totals: Sequence[str],
    footnotes: Sequence[str],
) -> Table:
    number = to_persian_digits(list(StatementType).index(kind) + 1)
    return Table(kind.value, f"جدول {number}", kind.caption.fa, years, totals, footnotes)


def _build_all(table: AllTable, marks: Marks) -> Table:
    return _create_table(
        StatementType.ALL,
        years=[_build_months_row(year, [_format_total(year)], marks) for year in table.years],
        totals=[group_thousands(table.total_days)],
        footnotes=[LISTS_NOTE, *marks.list_footnotes(_list_cells(table.years))],
    )


def _build_consolidated(table: ConsolidatedTable, marks: Marks) -> Table:
    return _create_table(
        StatementType.CONSOLIDATED,
        years=[_build_months_row(year, _format_sums(year), marks) for year in table.years],
        totals=[group_thousands(table.total_days), *_format_parts(table.duration)],
        footnotes=[LISTS_NOTE, *marks.list_footnotes(_list_cells(table.years))],
    )


def _build_wages(table: WagesTable, marks: Marks) -> Table:
    rows = sorted(table.rows, key=lambda row: row.month_jalali)
    cells = [(row.month_jalali, row.workshop_code) for row in rows]
    by_year = {year: list(group) for year, group in groupby(rows, key=lambda row: row.month_jalali.year)}
    years = [_build_wages_year(year, by_year.get(year.year, []), marks) for year in table.years]
    return _create_table(
        StatementType.WAGES,
        years=years,
        totals=[group_thousands(table.total_days), group_thousands(table.total_wage)],
        footnotes=[
            MOSTLY_AS_LISTED_NOTE if marks.has_corrected(cells) else AS_LISTED_NOTE,
            *([LISTS_NOTE] if any(not year.lines for year in years) or not all(map(_is_full, rows)) else []),
            *marks.list_footnotes(cells),
        ],
    )


_BUILDERS: Mapping[StatementType, Callable[[Any, Marks], Table]] = {
    StatementType.ALL: _build_all,
    StatementType.WAGES: _build_wages,
    StatementType.CONSOLIDATED: _build_consolidated,
}


def _build_months_row(year: YearOfMonths, sums: Sequence[str], marks: Marks) -> MonthsRow:
    return MonthsRow(
        year=to_persian_digits(year.year),
        ends_group=year.year % YEARS_IN_GROUP == YEARS_IN_GROUP - 1,
        months=[
            marks.mark_figure(
                NO_LIST if days is None else to_persian_digits(days), JalaliMonth(year.year, month)
            )
            for month, days in enumerate(year.months, start=1)
        ],
        sums=sums,
    )


def _build_wages_year(year: WageYear, rows: Sequence[WageRow], marks: Marks) -> WagesOfYear:
    return WagesOfYear(
        year=to_persian_digits(year.year),
        lines=[_build_wage_line(row, after, marks) for row, after in zip_longest(rows, rows[1:])],
        days=group_thousands(year.days) if rows else NO_LIST,
        wage=group_thousands(year.wage) if rows else NO_LIST,
    )


def _build_wage_line(row: WageRow, following: WageRow | None, marks: Marks) -> WageLine:
    return WageLine(
        month=format_month(row.month_jalali),
        ends_season=following is not None and _compute_season(row) != _compute_season(following),
        workshop=_format_workshop(row),
        runs_one_way=bool(ONE_WAY.fullmatch(row.workshop_name + row.list_number)),
        days=marks.mark_figure(to_persian_digits(row.days), row.month_jalali, row.workshop_code),
        wage=group_thousands(row.wage) if row.list_number else NO_LIST,
    )


def _compute_season(row: WageRow) -> int:
    return (row.month_jalali.month - 1) // 3


def _is_full(row: WageRow) -> bool:
    """Return whether a row has a list and days, so that it needs no explanation."""
    return bool(row.list_number and row.days)


def _format_workshop(row: WageRow) -> Figure:
    """Return a workshop's code, the number of the list and the name.

    The code is missing for a workshop that only an objection names. The mark makes the line run from right to
    left in a cell of either direction.
    """
    code = "" if row.workshop_code == NO_CODE else Markup("{} ").format(_format_code(row.workshop_code))
    number = Markup("لیست {}").format(_format_code(row.list_number)) if row.list_number else "بدون لیست"
    return Markup("{}{}{}، {}").format(RIGHT_TO_LEFT_MARK, code, number, row.workshop_name)


def _format_code(code: str) -> Figure:
    """Return a code for use between words. Digits need no isolation, which takes seconds for thousands."""
    digits = to_persian_digits(code)
    return digits if code.isdecimal() else isolate_text(digits)


def _has_lists(year: YearOfMonths) -> bool:
    return any(days is not None for days in year.months)


def _format_total(year: YearOfMonths) -> str:
    """Return the days of a year, or a dash for a year without lists."""
    return group_thousands(year.total_days) if _has_lists(year) else NO_LIST


def _format_sums(year: ConsolidatedYear) -> list[str]:
    return [
        _format_total(year),
        *(_format_parts(year.duration) if _has_lists(year) else [NO_LIST] * 3),
        group_thousands(year.running_days),
        *_format_parts(year.running_duration),
    ]


def _format_parts(duration: Duration) -> list[str]:
    return [to_persian_digits(part) for part in (duration.years, duration.months, duration.days)]


def _list_cells(years: Sequence[YearOfMonths]) -> list[Cell]:
    return [(JalaliMonth(year.year, month), None) for year in years for month in range(1, 13)]
