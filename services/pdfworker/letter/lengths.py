"""The lengths of a letter: one table for the style sheet and for the pages that are set without it.

`letter.css` names a length as ``${FOOT_GAP}``. In calculations a length is a number of CSS pixels.
"""

from string import Template
from typing import Self

_PIXELS = {"mm": 96 / 25.4, "pt": 96 / 72}


class Length(float):
    """A number of CSS pixels, which shows as it was written: ``20mm``."""

    written: str

    def __new__(cls, number: float, unit: str) -> Self:
        """Return the length of a number of millimetres (``mm``) or points (``pt``)."""
        length = super().__new__(cls, number * _PIXELS[unit])
        length.written = f"{number:g}{unit}"
        return length

    def __str__(self) -> str:
        """Return the length as a style sheet has it."""
        return self.written


def mm(number: float) -> Length:
    """Return a length in millimetres."""
    return Length(number, "mm")


def pt(number: float) -> Length:
    """Return a length in points."""
    return Length(number, "pt")


# The page.
PAGE_WIDTH, PAGE_HEIGHT = mm(210), mm(297)
PAGE_TOP, PAGE_SIDE, WIDE_SIDE, PAGE_BOTTOM = mm(25), mm(20), mm(18), mm(40)
MARGIN_GAP = mm(4)
TEXT_SIZE, LINE_HEIGHT = pt(11), 1.5
CONTINUED_SIZE, NOTICE_SIZE = pt(10.5), pt(11)
THIN, THICK = pt(0.4), pt(0.8)

# The foot of each page.
FOOT_SIZE, FOOT_TOP, FOOT_GAP = pt(8.5), mm(3), mm(4)
QR_SIDE, FOOT_INDENT = mm(29), mm(37)

# The head of the letter.
HEADER_HEIGHT, HEADER_GAP = mm(25), mm(8)
EMBLEM_SIDE = mm(19)
ISSUER_TOP, ISSUER_RIGHT, ISSUER_WIDTH = mm(2.5), mm(23), mm(76)
ORGANISATION_SIZE, UNIT_SIZE = pt(13), pt(10)
NUMBERS_TOP, NUMBERS_WIDTH, NUMBERS_LABEL = mm(-1), mm(68), mm(36)
NUMBERS_SIZE, NUMBERS_LINE_HEIGHT = pt(9), 1.65

# The text of the first page.
HEADING_SIZE, HEADING_GAP = pt(14), mm(5)
BODY_GAP = mm(2.5)
FACTS_TOP, FACTS_BOTTOM, FACTS_SIZE = mm(7), mm(6), pt(10)
FACTS_PADDING, FACTS_SPACE = mm(1), mm(4)
FACTS_LABEL, FACTS_PERSON, FACTS_SHORT = mm(31), mm(68), mm(25)
NOTE_SIZE, NOTE_GAP = pt(9), mm(1)
SIGNATURE_TOP, SIGNATURE_RIGHT, SIGNATURE_WIDTH = mm(8), mm(78), mm(92)
ELECTRONIC_GAP, ELECTRONIC_SIZE = mm(2.5), pt(8.5)

# The tables.
TITLE_RISE, TITLE_GAP, TITLE_SIZE, TITLE_HEIGHT = mm(10), mm(4), pt(10.5), mm(6)
TABLE_SIZE, TABLE_LINE_HEIGHT, TABLE_GAP = pt(8.5), 1.4, mm(3)
CELL_PADDING, CELL_SIDE = mm(0.7), mm(0.6)
SMALL_SIZE = 0.78
FOOTNOTE_LINE_HEIGHT = 1.6
YEAR_WIDTH, PART_WIDTH = mm(11), mm(9)
MONTHS_HEAD_SIZE = pt(7)
ALL_PADDING, ALL_SUM_WIDTH, APART_GAP, WORKSHOP_PADDING = mm(0.42), mm(12), mm(4), mm(0.8)
CONSOLIDATED_SUM_WIDTH = mm(17)
WAGES_SPACE, JOBS_SPACE = mm(3), mm(2)
MONTH_WIDTH, DAYS_WIDTH, WAGE_WIDTH = mm(28), mm(15), mm(38)
JOBS_MONTH_WIDTH, JOBS_TITLE_WIDTH, JOBS_DAYS_WIDTH, JOBS_WAGE_WIDTH = mm(26), mm(29), mm(12), mm(32)

# Colours of rules: shades of grey between black and white.
FACT_GREY, ROW_GREY = "#999", "#aaa"


def fill_in(style_sheet: str) -> str:
    """Return a style sheet with the lengths that it names. Raises KeyError for an unknown name."""
    return Template(style_sheet).substitute(
        {name: str(value) for name, value in globals().items() if name.isupper()}
    )


def read_shade(colour: str) -> float:
    """Return the shade of a colour such as ``#999``, from 0 (black) to 1 (white)."""
    return int(colour[1], 16) * 17 / 255
