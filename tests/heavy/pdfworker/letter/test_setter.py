"""The setter sets every line as Pango does: the same glyphs in the same order, at the same width.

`make test` compares a few hundred generated names, `make fuzz` 10,000.
"""

import random
import re
from collections.abc import Sequence

import pytest

from services.pdfworker.letter.bidi import compute_levels
from services.pdfworker.letter.ligatures import get_empty_glyphs
from services.pdfworker.letter.paragraphs import Style, set_paragraph
from services.pdfworker.letter.printable import make_printable
from services.pdfworker.letter.setter import BOLD, REGULAR, check_figures, set_line
from services.pdfworker.letter.shaping import Unsettable
from tests.heavy.pdfworker.letter.pango import PangoLine, set_with_pango
from tests.sizes import IS_FULL

pytestmark = pytest.mark.xdist_group("letters")
COUNT, AT_ONCE = (10_000 if IS_FULL else 300), 500
# Thousandths of an em: PDF's widths are whole, and a line has some dozens.
TOLERANCE = 0.02
# Pango leaves them out.
EMPTY = {glyph.index for glyph in get_empty_glyphs(REGULAR).list_all()}
PARTS = (
    *("شرکت", "سهامی", "علی‌اکبر", "غلامرضا", "لا", "ئأآؤة", "پگاه", "و", "مهر"),
    *("ABC", "def-X", "Co.", "a.b@c.d", "é", "Ж", "Ω", "http://x.y/z"),
    *("12", "۳۴", "۱٬۲۳۴", "٤٥", "3.5", "۳/۲", "-5", "۵-۶", "2+3", "+۹۸", "۴۵٪", "12%"),
    *("(", ")", "[", "]", "«", "»", "(سهامی)", "[الف]", "«گل»", "{", "}", "<", ">"),
    *(
        "-",
        "–",
        "—",
        ".",
        "،",
        ":",
        "؛",
        "/",
        "&",
        "@",
        "*",
        "#",
        '"',
        "'",
        "…",
        "$",
        "!",
        "؟",
        "‌",
        "\u200f",
        "漢",
    ),
)


def invent_names(count: int, seed: int) -> Sequence[str]:
    """Return names that mix directions, brackets and digits."""
    chance = random.Random(seed)
    names = [
        make_printable(
            " ".join(
                "".join(chance.choices(PARTS, k=chance.choice((1, 1, 1, 2, 3))))
                for _ in range(chance.randint(1, 6))
            )
        )
        for _ in range(count)
    ]
    return [name for name in names if name.strip()]


def set_here(name: str, *, is_tabular: bool) -> PangoLine:
    """Return a name as a line of the setter."""
    line = set_line(name, REGULAR, is_tabular=is_tabular)
    runs = sorted(line.runs, key=lambda placed: placed.x)
    glyphs = [glyph.index for placed in runs for glyph in placed.run.glyphs]
    return PangoLine([glyph for glyph in glyphs if glyph not in EMPTY], line.width)


@pytest.mark.parametrize("is_tabular", [False, True])
def test_generated_names_are_set_as_pango_sets_them(is_tabular: bool) -> None:
    names = invent_names(COUNT // 2, seed=int(is_tabular))
    different = []
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        for name, expected in zip(some, set_with_pango(some, is_tabular=is_tabular), strict=True):
            here = set_here(name, is_tabular=is_tabular)
            if list(here.glyphs) != list(expected.glyphs) or abs(here.width - expected.width) > TOLERANCE:
                different.append(name)
    assert different == []


def test_figures_of_one_width_stand_side_by_side() -> None:
    check_figures()
    assert set_line("۱۱۱", is_tabular=True).width == set_line("۷۸۹", is_tabular=True).width
    assert set_line("۱۲۳", BOLD).width > set_line("۱۲۳", REGULAR).width


def test_a_missing_character_cannot_be_set_and_is_not_quoted() -> None:
    with pytest.raises(Unsettable) as caught:
        set_line("نام 漢")
    assert "漢" not in str(caught.value)


@pytest.mark.parametrize("name", ["ا\u064b\u064e", "ب\u0654\u064f", "ل\u064b\u0655", "مُحَمَّد"])
def test_marks_above_each_other_are_moved_by_whole_numbers(name: str) -> None:
    operands = [placed.run.write(12) for placed in set_line(make_printable(name)).runs]
    for operand in operands:
        arrays = re.split(r"\]TJ [-0-9.]+ Ts\[(<[0-9a-f]+>)\]TJ 0 Ts\[", operand)
        for array in arrays:
            assert re.fullmatch(r" ?(?:(?:<[0-9a-f]+>|-?[0-9]+(?=[ <]|$)) ?)*", array), operand


@pytest.mark.parametrize(
    "name", ["\u064bعلی", "علی \u0651رضا", "علی'\u0651\u064e", "۱\u0654", "علی\u200c\u064b"]
)
def test_a_mark_that_no_letter_carries_is_left_to_pango(name: str) -> None:
    with pytest.raises(Unsettable):
        set_paragraph(name, Style(REGULAR, 10), 200)
    assert set_paragraph("مُحَمَّد آهٔ é", Style(REGULAR, 10), 200)


def test_a_nul_is_refused_before_pango_reads_it() -> None:
    with pytest.raises(ValueError, match="NUL"):
        compute_levels("\0نام", is_rtl=True)
