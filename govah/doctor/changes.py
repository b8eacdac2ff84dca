"""What the list doctor changed, cell by cell, in words for the person who sends the list."""

from dataclasses import dataclass
from enum import StrEnum

from services.records.lists.findings import ListFile


class Repair(StrEnum):
    """A kind of repair."""

    SWAPPED = "files-swapped"
    TABLE = "table-rewritten"
    BLANK_ROW = "blank-row-removed"
    ENCODING = "encoding-changed"
    NAME = "name-decoded"
    NUMBER = "number-padded"
    DATE = "date-written-out"
    PERIOD = "filled-from-header"
    SUM = "sum-corrected"


WORDS = {
    Repair.SWAPPED: (
        "دو فایل جابه‌جا بودند و سر جای خود قرار گرفتند.",
        "The two files were in each other's place.",
    ),
    Repair.TABLE: ("جدول به شکل dBase III نوشته شد.", "The table was written as dBase III."),
    Repair.BLANK_ROW: ("سطر خالی حذف شد.", "A blank row was removed."),
    Repair.ENCODING: (
        "نویسه‌های متن‌های فایل به کدگذاری دیگر نوشته شد.",
        "The texts were written in another encoding.",
    ),
    Repair.NAME: (
        "متن ناخوانا به شکل درست آن نوشته شد.",
        "An unreadable text was written as it should read.",
    ),
    Repair.NUMBER: ("شماره به شکل استاندارد آن نوشته شد.", "The number was written in its standard form."),
    Repair.DATE: ("تاریخ با سال چهاررقمی نوشته شد.", "The date was written with a year of four digits."),
    Repair.PERIOD: ("خانه خالی از روی فایل دیگر پر شد.", "A blank cell was filled from the other file."),
    Repair.SUM: ("جمع یا تعداد با سطرها برابر شد.", "A sum or count was set to that of the rows."),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change: its place, the cell before and after, and the kind of repair.

    row is the record's number in the original file; row, field, old and new are None for a whole file.
    """

    file: ListFile
    repair: Repair
    row: int | None = None
    field: str | None = None
    old: str | None = None
    new: str | None = None

    @property
    def message_fa(self) -> str:
        """Return the Persian sentence about the change."""
        return WORDS[self.repair][0]

    @property
    def message_en(self) -> str:
        """Return the English sentence about the change."""
        return WORDS[self.repair][1]
