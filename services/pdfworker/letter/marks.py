"""The footnote marks of figures: (۱) for disputed months, then a number for each objection that changed days.

Called by `tables` and `wage_rows`.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import count, groupby
from typing import NamedTuple

from markupsafe import Markup

from services.kit.jalali import JalaliMonth
from services.kit.text import to_persian_digits
from services.pdfworker.letter.figures import format_month_ranges, group_digits, isolate_text
from services.pdfworker.letter.statement import NO_CODE, Correction, Statement, WageRow, Workshop

DISPUTED = "۱"
DISPUTED_NOTE = "(۱) این ماه مورد اعتراض بیمه‌شده و در دست بررسی است."
CORRECTED_NOTE = Markup("({}) {}: این رقم بر اساس تصمیم درباره اعتراض شماره {} ثبت یا اصلاح شده است.")

Figure = str | Markup
# A month, and the key of a workshop or None for the whole month. The key is the code; of a workshop without a
# code it is the objection that names it.
Cell = tuple[JalaliMonth, str | None]


class MarkedCorrection(NamedTuple):
    """An objection that changed days: its mark, its months, its number and its footnote."""

    mark: str
    months: Sequence[JalaliMonth]
    number: str
    footnote: Figure


class Marks:
    """The marks of a letter's figures, and the footnotes that explain them.

    Each objection has one number in all tables, by the first month that it corrected.
    """

    def __init__(self, statement: Statement) -> None:
        self._disputed = frozenset(statement.disputed_months)
        self._months: dict[str, list[JalaliMonth]] = {}
        self._tracking_numbers: dict[Cell, set[str]] = {}
        for correction in sorted(statement.corrections, key=_get_order):
            self._months.setdefault(correction.tracking_number, []).append(correction.month_jalali)
            for workshop in (correction.workshop_code, _build_unnamed_key(correction.tracking_number), None):
                cell = (correction.month_jalali, workshop)
                self._tracking_numbers.setdefault(cell, set()).add(correction.tracking_number)
        # In the order of the rows and workshops, since each such objection is a workshop of its own.
        self._unnamed = [
            (correction.month_jalali, correction.tracking_number)
            for correction in statement.corrections
            if correction.workshop_code == NO_CODE
        ]
        self._numbers = {number: to_persian_digits(mark) for number, mark in zip(self._months, count(2))}

    def list_workshop_keys(self, workshops: Sequence[Workshop]) -> Sequence[str]:
        """Return the key of each workshop of the full table."""
        numbers = list(dict.fromkeys(number for _, number in self._unnamed))
        return _replace_unnamed([workshop.workshop_code for workshop in workshops], numbers)

    def list_row_cells(self, rows: Sequence[WageRow]) -> Sequence[Cell]:
        """Return the cell of each row of the table of wages; the rows are in order of month."""
        cells: list[Cell] = []
        for month, group in groupby(rows, key=lambda row: row.month_jalali):
            numbers = [number for of_month, number in self._unnamed if of_month == month]
            codes = [row.workshop_code for row in group]
            cells += [(month, key) for key in _replace_unnamed(codes, numbers)]
        return cells

    def mark_figure(self, figure: str, cell: Cell, *, is_disputed: bool | None = None) -> Figure:
        """Return a figure with the marks of its cell; `is_disputed` overrides that of the month."""
        if is_disputed is None:
            is_disputed = self.is_disputed(cell[0])
        marks = [DISPUTED] * is_disputed + [
            mark for number, mark in self._numbers.items() if number in self._tracking_numbers.get(cell, ())
        ]
        return Markup("{}<small>({})</small>").format(figure, "،".join(marks)) if marks else figure

    def is_disputed(self, month: JalaliMonth) -> bool:
        """Return whether an open objection is about a month."""
        return month in self._disputed

    def has_corrected(self, cells: Iterable[Cell]) -> bool:
        """Return whether an objection corrected any of these cells."""
        return any(cell in self._tracking_numbers for cell in cells)

    def list_footnotes(self, cells: Collection[Cell]) -> Iterator[Figure]:
        """Yield the footnotes that explain the marks of these cells, one for each objection."""
        if any(self.is_disputed(month) for month, _ in cells):
            yield DISPUTED_NOTE
        numbers = {number for cell in cells for number in self._tracking_numbers.get(cell, ())}
        for correction, number in zip(self.list_corrections(), self._numbers, strict=True):
            if number in numbers:
                yield correction.footnote

    def list_corrections(self) -> Iterator[MarkedCorrection]:
        """Yield each objection that changed days, in the order of the marks."""
        for number, mark in self._numbers.items():
            months, grouped = self._months[number], group_digits(number)
            words = "، ".join(format_month_ranges(months))
            footnote = CORRECTED_NOTE.format(mark, words, isolate_text(grouped))
            yield MarkedCorrection(mark, months, grouped, footnote)


def _build_unnamed_key(tracking_number: str) -> str:
    return f"{NO_CODE}{tracking_number}"


def _replace_unnamed(codes: Sequence[str], numbers: Sequence[str]) -> Sequence[str]:
    """Return the keys of workshops, of which those without a code are named by these objections in order."""
    if codes.count(NO_CODE) != len(numbers):
        return codes
    keys = iter(numbers)
    return [_build_unnamed_key(next(keys)) if code == NO_CODE else code for code in codes]


def _get_order(correction: Correction) -> tuple[JalaliMonth, str]:
    return correction.month_jalali, correction.tracking_number
