"""The two weights of Vazirmatn as HarfBuzz reads them. Used by `shaping` and `ligatures`."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import uharfbuzz

from services.pdfworker.letter.fonts import FONTS

REGULAR, BOLD = 400, 700
_FILES = {REGULAR: "Vazirmatn-Regular.ttf", BOLD: "Vazirmatn-Bold.ttf"}


@dataclass(frozen=True)
class Glyph:
    """A glyph of a text: its width in thousandths of an em, and the characters that it stands for."""

    index: int
    width: int
    text: str


class Face:
    """A weight of the font; lengths are in ems."""

    def __init__(self, weight: int) -> None:
        face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(FONTS / _FILES[weight])))
        self.font: Any = uharfbuzz.Font(face)
        self.units = face.upem
        extents = self.font.get_font_extents("ltr")
        self.ascent, self.descent = extents.ascender / self.units, -extents.descender / self.units
        self._widths: dict[int, int] = {}

    def find_glyph(self, character: str) -> int | None:
        """Return the glyph of a character on its own, or None if the font lacks it."""
        index: int | None = self.font.get_nominal_glyph(ord(character))
        return index

    def measure_glyph(self, index: int) -> int:
        """Return the width of a glyph in thousandths of an em."""
        width = self._widths.get(index)
        if width is None:
            width = self._widths[index] = round(self.font.get_glyph_h_advance(index) * 1000 / self.units)
        return width


@cache
def get_face(weight: int) -> Face:
    """Return a weight of the font, read once in a process."""
    return Face(weight)
