"""The table of lengths: pixels for arithmetic, and the words of the style sheet."""

import re
from pathlib import Path

import pytest

from services.pdfworker.letter import lengths

SHEETS = sorted(Path(lengths.__file__).parent.glob("*.css"))


def test_a_length_counts_pixels_and_shows_its_unit() -> None:
    assert lengths.Mm(25.4) == pytest.approx(96)
    assert str(lengths.Mm(25.4)) == "25.4mm"
    assert lengths.Pt(72) == pytest.approx(96)
    assert lengths.read_shade("#999") == pytest.approx(0.6)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_a_style_sheet_has_no_length_of_its_own(sheet: Path) -> None:
    text = sheet.read_text("utf-8")
    assert re.findall(r"\d(?:mm|pt|px|cm|em)\b", text) == []
    filled = lengths.fill_in(text)
    assert "$" not in filled
    assert sheet.name != "letter.css" or "width: 29mm" in filled


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        lengths.fill_in("p { width: ${UNKNOWN} }")
