"""Names come out of a letter as they were written, with joiners and with the letters of ligatures."""

import io
import re
from functools import cache

import pypdf
import pytest
from fontTools.ttLib import TTFont

from services.kit.jalali import JalaliMonth
from services.kit.text import ZWNJ
from services.pdfworker.letter.faces import BOLD, REGULAR
from services.pdfworker.letter.fonts import FONTS
from services.pdfworker.letter.ligatures import get_empty_glyphs, list_ligatures
from services.pdfworker.letter.render import LetterPath
from tests.unit.pdfworker.extraction import extract_pages
from tests.unit.pdfworker.letters import Sample
from tests.unit.pdfworker.statements import Contribution, build_person, build_statement

pytestmark = pytest.mark.xdist_group("letters")
NAMES = (
    *("علی‌اکبر", "غلامرضا", "غلام‌رضا", "لاله‌زاده", "الآن", "الأمین", "لإله", "ٱلٱن"),
    *("عبدالله", "عبدالله‌پور", "الله‌لا", "می‌خواهم‌شان", "ڵاوە", "بلال"),
)
WORKSHOPS = ("کارگاه غلام‌رضا و اعلایی‌ها", "شرکت لاله‌های عبدالله (سهامی) ABC، واحد ۳/۲")
PATHS = (LetterPath.PLATES, LetterPath.HTML)


@cache
def render_names(path: LetterPath) -> bytes:
    person = build_person(
        first_name=" ".join(NAMES[:5]), last_name=" ".join(NAMES[5:10]), father_name=" ".join(NAMES[10:])
    )
    contributions = [
        Contribution(JalaliMonth(1402, month), (f"{month}23456", name), 30, 10**6, "01")
        for month, name in enumerate(WORKSHOPS, start=1)
    ]
    letter = Sample(build_statement(contributions, ["wages"], person=person)).render(path=path)
    assert letter.path == path
    return letter.pdf


def extract_with_poppler(pdf: bytes) -> str:
    return " ".join(extract_pages(pdf))


def extract_with_pypdf(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("extract", [extract_with_poppler, extract_with_pypdf])
def test_names_are_extracted_as_they_were_written(path: LetterPath, extract: object) -> None:
    assert callable(extract)
    text = extract(render_names(path))
    words = [word for name in WORKSHOPS for word in name.split() if word.isalpha() or ZWNJ in word]
    assert [name for name in (*NAMES, *words, "بیمه‌شده", "اعلام") if name not in text] == []


@pytest.mark.parametrize("path", PATHS)
def test_no_joiner_stands_where_none_was_written(path: LetterPath) -> None:
    """A mark that sets the direction of a line has no picture either."""
    text = re.sub("[\u202a-\u202c]", "", extract_with_poppler(render_names(path)))
    for place, character in enumerate(text):
        if character == ZWNJ:
            assert (text[place - 1] + text[place + 1]).isalpha()


@pytest.mark.parametrize("weight", [REGULAR, BOLD])
def test_each_ligature_of_the_font_is_known(weight: int) -> None:
    """Those of the font's table with a letter from right to left that stays a letter of its own."""
    font = TTFont(FONTS / {REGULAR: "Vazirmatn-Regular.ttf", BOLD: "Vazirmatn-Bold.ttf"}[weight])
    characters = {name: chr(code) for code, name in reversed(font.getBestCmap().items())}
    glyphs = list_ligatures(weight)
    unknown = []
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            for first, ligatures in getattr(getattr(table, "ExtSubTable", table), "ligatures", {}).items():
                for ligature in ligatures:
                    character = characters.get(ligature.LigGlyph, "")
                    is_letter = "\u0600" <= character < "\u0700" or "\ufba0" <= character < "\ufbb0"
                    is_arabic = any(characters.get(part, "ﻝ") >= "\u0600" for part in ligature.Component)
                    if is_arabic and not is_letter and font.getGlyphID(ligature.LigGlyph) not in glyphs:
                        unknown.append((first, ligature.LigGlyph))
    # A lone mark on a space, which no name has.
    assert [name for first, name in unknown if first != "space" and "FBA5" not in name] == []
    assert len(glyphs) > 20


@pytest.mark.parametrize("weight", [REGULAR, BOLD])
def test_glyphs_of_lost_letters_are_empty(weight: int) -> None:
    font = TTFont(FONTS / {REGULAR: "Vazirmatn-Regular.ttf", BOLD: "Vazirmatn-Bold.ttf"}[weight])
    for glyph in get_empty_glyphs(weight).list_all():
        assert font["glyf"][font.getGlyphName(glyph.index)].numberOfContours == 0
