"""The lengths of a letter: one table for the style sheet and for the pages that are set without it.

`letter.css` names a length as ``${FOOT_GAP}``. In calculations a length is a number of CSS pixels.
"""

from string import Template
from typing import Self

_PIXELS = {"mm": 96 / 25.4, "pt": 96 / 72}


class Length(float):
    """A number of CSS pixels, which shows as it was written: ``20mm``."""

    unit: str
    written: str

    def __new__(cls, number: float) -> Self:
        """Return the length of a number of units."""
        length = super().__new__(cls, number * _PIXELS[cls.unit])
        length.written = f"{number:g}{cls.unit}"
        return length

    def __str__(self) -> str:
        """Return the length as a style sheet has it."""
        return self.written


class Mm(Length):
    """A length in millimetres."""

    unit = "mm"


class Pt(Length):
    """A length in points."""

    unit = "pt"


# The page.
PAGE_WIDTH, PAGE_HEIGHT = Mm(210), Mm(297)
PAGE_TOP, PAGE_SIDE, WIDE_SIDE, PAGE_BOTTOM = Mm(25), Mm(20), Mm(18), Mm(40)
MARGIN_GAP = Mm(4)
TEXT_SIZE, LINE_HEIGHT = Pt(11), 1.5
CONTINUED_SIZE, NOTICE_SIZE = Pt(10.5), Pt(11)
THIN, THICK = Pt(0.4), Pt(0.8)

# The foot of each page.
FOOT_SIZE, FOOT_TOP, FOOT_GAP = Pt(8.5), Mm(3), Mm(4)
QR_SIDE, FOOT_INDENT = Mm(34), Mm(42)

# The head of the letter.
HEADER_HEIGHT, HEADER_GAP = Mm(25), Mm(8)
EMBLEM_SIDE = Mm(19)
ISSUER_TOP, ISSUER_RIGHT, ISSUER_WIDTH = Mm(2.5), Mm(23), Mm(76)
ORGANISATION_SIZE, UNIT_SIZE = Pt(13), Pt(10)
NUMBERS_TOP, NUMBERS_WIDTH, NUMBERS_LABEL = Mm(-1), Mm(68), Mm(36)
NUMBERS_SIZE, NUMBERS_LINE_HEIGHT = Pt(9), 1.65

# The text of the first page.
HEADING_SIZE, HEADING_GAP = Pt(14), Mm(5)
BODY_GAP = Mm(2.5)
FACTS_TOP, FACTS_BOTTOM, FACTS_SIZE = Mm(7), Mm(6), Pt(10)
FACTS_PADDING, FACTS_SPACE = Mm(1), Mm(4)
FACTS_LABEL, FACTS_PERSON, FACTS_SHORT = Mm(31), Mm(68), Mm(25)
NOTE_SIZE, NOTE_GAP = Pt(9), Mm(1)
SIGNATURE_TOP, SIGNATURE_RIGHT, SIGNATURE_WIDTH = Mm(8), Mm(78), Mm(92)
ELECTRONIC_GAP, ELECTRONIC_SIZE = Mm(2.5), Pt(8.5)

# The tables.
TITLE_RISE, TITLE_GAP, TITLE_SIZE, TITLE_HEIGHT = Mm(10), Mm(4), Pt(10.5), Mm(6)
TABLE_SIZE, TABLE_LINE_HEIGHT, TABLE_GAP = Pt(8.5), 1.4, Mm(3)
CELL_PADDING, CELL_SIDE = Mm(0.7), Mm(0.6)
SMALL_SIZE = 0.78
FOOTNOTE_LINE_HEIGHT = 1.6
YEAR_WIDTH, PART_WIDTH = Mm(11), Mm(9)
MONTHS_HEAD_SIZE = Pt(7)
ALL_PADDING, ALL_SUM_WIDTH, APART_GAP, WORKSHOP_PADDING = Mm(0.42), Mm(12), Mm(4), Mm(0.8)
CONSOLIDATED_SUM_WIDTH = Mm(17)
WAGES_SPACE, JOBS_SPACE = Mm(3), Mm(2)
MONTH_WIDTH, DAYS_WIDTH, WAGE_WIDTH = Mm(28), Mm(15), Mm(38)
JOBS_MONTH_WIDTH, JOBS_TITLE_WIDTH, JOBS_DAYS_WIDTH, JOBS_WAGE_WIDTH = Mm(26), Mm(29), Mm(12), Mm(32)

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
