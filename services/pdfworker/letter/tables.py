"""The rows of the three tables and the footnotes below each. Called by `render`."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from markupsafe import Markup

from services.kit.jalali import JalaliMonth, get_month_name
from services.kit.statement_types import StatementType
from services.kit.text import group_thousands, to_persian_digits
from services.pdfworker.letter.figures import NO_BREAK_SPACE, NO_LIST
from services.pdfworker.letter.marks import Cell, Figure, Marks
from services.pdfworker.letter.statement import (
    NO_CODE,
    AllTable,
    ConsolidatedTable,
    ConsolidatedYear,
    Duration,
    Snapshot,
    WagesTable,
    Workshop,
    YearOfMonths,
)
from services.pdfworker.letter.wage_rows import WagesOfYear, build_wages_year, format_code, is_full

MONTH_NAMES = tuple(get_month_name(month) for month in range(1, 13))

LISTS_NOTE = "«—»: لیستی دریافت نشده است؛ «۰»: لیست دریافت شده و کارکرد صفر است."
AS_LISTED_NOTE = (
    "هر ردیف همان است که در لیست کارفرما آمده است؛ روزهای هم‌زمان در این جدول جداگانه شمرده شده است."
)
MOSTLY_AS_LISTED_NOTE = (
    "هر ردیف، جز ردیف‌های دارای نشان اصلاح، همان است که در لیست کارفرما آمده است؛ "
    "روزهای هم‌زمان در این جدول جداگانه شمرده شده است."
)
CONCURRENT_NOTE = (
    "روزهای هم‌زمان در چند کارگاه، در «جمع کل» یک بار شمرده شده است؛ "
    "از این رو جمع کل از مجموع کارگاه‌ها کمتر است."
)

# A thin rule guides the eye after this many years, and after every season of months.
YEARS_IN_GROUP = 5


@dataclass(frozen=True)
class MonthsRow:
    """A year with its twelve months and its sums."""

    year: str
    ends_group: bool
    months: Sequence[Figure]
    sums: Sequence[str]


@dataclass(frozen=True)
class WorkshopRows:
    """The years of a workshop and their sum; of all workshops together, without `heading`."""

    heading: Figure
    years: Sequence[MonthsRow]
    sum: str


@dataclass(frozen=True)
class Table:
    """A table for the template that `kind` names: years, or workshops with their years.

    `totals` is its last row.
    """

    kind: str
    number: str
    title: str
    totals: Sequence[str]
    footnotes: Sequence[str]
    years: Sequence[MonthsRow] | Sequence[WagesOfYear] = ()
    workshops: Sequence[WorkshopRows] = ()
    has_job_titles: bool = False


def build_tables(snapshot: Snapshot) -> list[Table]:
    """Return the chosen tables in the order of their numbers; a table without rows is left out."""
    marks = Marks(snapshot.statement)
    chosen = [kind for kind in StatementType if kind in snapshot.letter.types]
    tables = [_BUILDERS[kind](getattr(snapshot.statement.tables, kind), marks) for kind in chosen]
    return [table for table in tables if table.years or table.workshops]


def _create_table(
    kind: StatementType, totals: Sequence[str], footnotes: Sequence[str], **content: Any
) -> Table:
    number = to_persian_digits(list(StatementType).index(kind) + 1)
    return Table(kind.value, f"جدول {number}", kind.caption.fa, totals, footnotes, **content)


def _build_all(table: AllTable, marks: Marks) -> Table:
    if table.workshops is None:
        return _build_all_together(table, marks)
    listed_months = {month for workshop in table.workshops for month in _list_listed_months(workshop)}
    keys = marks.list_workshop_keys(table.workshops)
    keyed = list(zip(table.workshops, keys, strict=True))
    cells = [cell for workshop, key in keyed for cell in _list_cells(workshop.years, key)]
    is_concurrent = sum(workshop.total_days for workshop in table.workshops) != table.total_days
    return _create_table(
        StatementType.ALL,
        workshops=[_build_workshop(workshop, key, listed_months, marks) for workshop, key in keyed],
        totals=[group_thousands(table.total_days)],
        footnotes=[
            LISTS_NOTE,
            *([CONCURRENT_NOTE] if is_concurrent else []),
            *marks.list_footnotes(cells),
        ],
    )


def _build_all_together(table: AllTable, marks: Marks) -> Table:
    """Return the table of version 1 of the schema, whose workshops are not apart."""
    years = table.years or []
    rows = [_build_months_row(year, [_format_total(year)], marks) for year in years]
    return _create_table(
        StatementType.ALL,
        workshops=[WorkshopRows("", rows, "")] if rows else [],
        totals=[group_thousands(table.total_days)],
        footnotes=[LISTS_NOTE, *marks.list_footnotes(_list_cells(years))],
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
    cells = marks.list_row_cells(rows)
    by_year = {
        year: list(group)
        for year, group in groupby(zip(rows, cells, strict=True), key=lambda row: row[0].month_jalali.year)
    }
    years = [build_wages_year(year, by_year.get(year.year, []), marks) for year in table.years]
    return _create_table(
        StatementType.WAGES,
        years=years,
        has_job_titles=any(row.job_title for row in rows),
        totals=[group_thousands(table.total_days), group_thousands(table.total_wage)],
        footnotes=[
            MOSTLY_AS_LISTED_NOTE if marks.has_corrected(cells) else AS_LISTED_NOTE,
            *([LISTS_NOTE] if any(not year.lines for year in years) or not all(map(is_full, rows)) else []),
            *marks.list_footnotes(cells),
        ],
    )


_BUILDERS: Mapping[StatementType, Callable[[Any, Marks], Table]] = {
    StatementType.ALL: _build_all,
    StatementType.WAGES: _build_wages,
    StatementType.CONSOLIDATED: _build_consolidated,
}


def _build_workshop(
    workshop: Workshop, key: str, listed_months: Container[JalaliMonth], marks: Marks
) -> WorkshopRows:
    """Return the rows of a workshop. A month without a list is disputed where no workshop has one."""

    def mark_days(figure: str, month: JalaliMonth) -> Figure:
        is_disputed = marks.is_disputed(month) and (figure != NO_LIST or month not in listed_months)
        return marks.mark_figure(figure, (month, key), is_disputed=is_disputed)

    return WorkshopRows(
        heading=_format_heading(workshop),
        years=[_format_year(year, [_format_total(year)], mark_days) for year in workshop.years],
        sum=group_thousands(workshop.total_days),
    )


def _build_months_row(year: YearOfMonths, sums: Sequence[str], marks: Marks) -> MonthsRow:
    return _format_year(year, sums, lambda figure, month: marks.mark_figure(figure, (month, None)))


def _format_year(
    year: YearOfMonths, sums: Sequence[str], mark_days: Callable[[str, JalaliMonth], Figure]
) -> MonthsRow:
    return MonthsRow(
        year=to_persian_digits(year.year),
        ends_group=year.year % YEARS_IN_GROUP == YEARS_IN_GROUP - 1,
        months=[
            mark_days(NO_LIST if days is None else to_persian_digits(days), JalaliMonth(year.year, month))
            for month, days in enumerate(year.months, start=1)
        ],
        sums=sums,
    )


def _format_heading(workshop: Workshop) -> Figure:
    """Return a workshop's name and code. Lists may leave the name blank, objections the code."""
    name = workshop.workshop_name or "کارگاه بی‌نام"
    if workshop.workshop_code == NO_CODE:
        return f"{name}، بدون کد کارگاه"
    code = format_code(workshop.workshop_code)
    return Markup("{name}، کد{space}کارگاه{space}{code}").format(name=name, code=code, space=NO_BREAK_SPACE)


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


def _list_cells(years: Sequence[YearOfMonths], key: str | None = None) -> list[Cell]:
    return [(JalaliMonth(year.year, month), key) for year in years for month in range(1, 13)]


def _list_listed_months(workshop: Workshop) -> Iterator[JalaliMonth]:
    for year in workshop.years:
        for month, days in enumerate(year.months, start=1):
            if days is not None:
                yield JalaliMonth(year.year, month)
