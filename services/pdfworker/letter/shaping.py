"""Letters as glyphs: HarfBuzz shapes runs in the two weights of Vazirmatn. Called by `setter`."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import uharfbuzz

from services.kit.text import ZWNJ
from services.pdfworker.letter.fonts import FONTS

REGULAR, BOLD = 400, 700
_FILES = {REGULAR: "Vazirmatn-Regular.ttf", BOLD: "Vazirmatn-Bold.ttf"}
# A rise in ems, until the size of the text is known.
_RISE = re.compile(r"\{([-.0-9]+)\}")


class Unsettable(ValueError):
    """The text cannot be set here as the HTML path would set it; the message never quotes it."""


@dataclass(frozen=True)
class Glyph:
    """A glyph of a run: its width in thousandths of an em, and the characters that it stands for."""

    index: int
    width: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A shaped run: the operand of PDF's TJ, its width in ems, and its glyphs."""

    operand: str
    width: float
    glyphs: tuple[Glyph, ...]
    has_rises: bool = False

    def write(self, size: float) -> str:
        """Return the operand for a size of text."""
        if not self.has_rises:
            return self.operand
        return _RISE.sub(lambda match: f"{float(match[1]) * size:.3f}", self.operand)


class Face:
    """A weight of the font; lengths are in ems."""

    def __init__(self, weight: int) -> None:
        face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(FONTS / _FILES[weight])))
        self.font: Any = uharfbuzz.Font(face)
        self.units = face.upem
        extents = self.font.get_font_extents("ltr")
        self.ascent, self.descent = extents.ascender / self.units, -extents.descender / self.units
        self._widths: dict[int, int] = {}

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


@lru_cache(maxsize=8192)
def shape_text(text: str, weight: int, script: str, *, is_rtl: bool, is_tabular: bool) -> Run:
    """Return a text of one direction and one script as a run. Raises Unsettable for a missing glyph."""
    face = get_face(weight)
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.direction = "rtl" if is_rtl else "ltr"
    buffer.script, buffer.language = script, "fa"
    buffer.cluster_level = uharfbuzz.BufferClusterLevel.MONOTONE_CHARACTERS
    uharfbuzz.shape(face.font, buffer, {"tnum": True} if is_tabular else None)
    writer = _RunWriter(face, text, buffer)
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        writer.add(info.codepoint, info.cluster, position)
    return writer.finish()


class _RunWriter:
    """Writes the glyphs of a shaped text as an operand of TJ."""

    def __init__(self, face: Face, text: str, buffer: Any) -> None:
        self._face, self._text = face, text
        starts = sorted({info.cluster for info in buffer.glyph_infos})
        self._ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
        self._thousandth = 1000 / face.units
        self._parts, self._glyphs, self._width = ["<"], list[Glyph](), 0.0
        self._has_rises = False

    def add(self, index: int, cluster: int, position: Any) -> None:
        """Add a glyph at its place."""
        # HarfBuzz gives an empty glyph, which Pango leaves out.
        if self._text[cluster] == ZWNJ:
            return
        if not index:
            raise Unsettable("the font lacks a character")
        add = self._parts.append
        width = self._face.measure_glyph(index)
        shift = position.x_offset * self._thousandth
        advance = position.x_advance * self._thousandth
        if round(shift):
            add(f">{-round(shift)}<")
        if position.y_offset:
            self._has_rises = True
            add(f">]TJ {{{position.y_offset / self._face.units:.4f}}} Ts[<{index:04x}>]TJ 0 Ts[<")
        else:
            add(f"{index:04x}")
        if kerning := round(width + shift - advance):
            add(f">{kerning}<")
        self._width += advance
        # The first glyph of a cluster stands for its characters.
        text = self._text[cluster : self._ends.pop(cluster, cluster)]
        self._glyphs.append(Glyph(index, width, text))

    def finish(self) -> Run:
        """Return the run."""
        # Two shifts in a row stay two numbers.
        operand = "".join([*self._parts, ">"]).replace("<>", " ")
        return Run(operand, self._width / 1000, tuple(self._glyphs), self._has_rises)
