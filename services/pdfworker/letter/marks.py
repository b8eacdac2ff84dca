"""The footnote marks of figures: (۱) for disputed months, then a number for each objection that changed days.

Called by `tables` and `wage_rows`.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import count

from markupsafe import Markup

from services.kit.jalali import JalaliMonth
from services.kit.text import to_persian_digits
from services.pdfworker.letter.figures import format_month_ranges, group_digits, isolate_text
from services.pdfworker.letter.statement import Correction, Statement

DISPUTED = "۱"
DISPUTED_NOTE = "(۱) این ماه مورد اعتراض بیمه‌شده و در دست بررسی است."
CORRECTED_NOTE = Markup("({}) {}: این رقم بر اساس تصمیم درباره اعتراض شماره {} ثبت یا اصلاح شده است.")

Figure = str | Markup
# A month, and the code of a workshop or None for the whole month.
Cell = tuple[JalaliMonth, str | None]


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
            for workshop in (correction.workshop_code, None):
                cell = (correction.month_jalali, workshop)
                self._tracking_numbers.setdefault(cell, set()).add(correction.tracking_number)
        self._numbers = {number: to_persian_digits(mark) for number, mark in zip(self._months, count(2))}

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
        for number, mark in self._numbers.items():
            if number in numbers:
                months = "، ".join(format_month_ranges(self._months[number]))
                yield CORRECTED_NOTE.format(mark, months, isolate_text(group_digits(number)))


def _get_order(correction: Correction) -> tuple[JalaliMonth, str]:
    return correction.month_jalali, correction.tracking_number
