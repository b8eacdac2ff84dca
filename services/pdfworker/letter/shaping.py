"""Letters as glyphs: HarfBuzz shapes runs in the two weights of Vazirmatn. Called by `setter`."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import uharfbuzz

from services.kit.text import ZWNJ
from services.pdfworker.letter.faces import BOLD, REGULAR, Face, Glyph, get_face
from services.pdfworker.letter.ligatures import Ligature, get_empty_glyphs, list_ligatures

__all__ = ["BOLD", "REGULAR", "Glyph", "Run", "Unsettable", "get_face", "shape_text"]

# A rise in ems, until the size of the text is known.
_RISE = re.compile(r"\{([-.0-9]+)\}")


class Unsettable(ValueError):
    """The text cannot be set here as the HTML path would set it; the message never quotes it."""


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


# Fewer than texts: those that are remembered whole are shaped once.
@lru_cache(maxsize=512)
def shape_text(text: str, weight: int, script: str, *, is_rtl: bool, is_tabular: bool) -> Run:
    """Return a text of one direction and one script as a run. Raises Unsettable for a missing glyph."""
    face = get_face(weight)
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.direction = "rtl" if is_rtl else "ltr"
    buffer.script, buffer.language = script, "fa"
    buffer.cluster_level = uharfbuzz.BufferClusterLevel.MONOTONE_CHARACTERS
    uharfbuzz.shape(face.font, buffer, {"tnum": True} if is_tabular else None)
    writer = _RunWriter(face, text, buffer, weight)
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        writer.add(info.codepoint, info.cluster, position)
    return writer.finish()


class _RunWriter:
    """Writes the glyphs of a shaped text as an operand of TJ."""

    def __init__(self, face: Face, text: str, buffer: Any, weight: int) -> None:
        self._face, self._text = face, text
        self._ligatures, self._empty_glyphs = list_ligatures(weight), get_empty_glyphs(weight)
        starts = sorted({info.cluster for info in buffer.glyph_infos})
        self._ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
        self._thousandth = 1000 / face.units
        self._parts, self._glyphs, self._width = ["<"], list[Glyph](), 0.0
        self._has_rises = False

    def add(self, index: int, cluster: int, position: Any) -> None:
        """Add a glyph at its place."""
        # HarfBuzz gives an empty glyph, which Pango leaves out.
        if self._text[cluster] == ZWNJ:
            joiner = self._empty_glyphs.narrow[ZWNJ]
            self._parts.append(f"{joiner.index:04x}")
            self._glyphs.append(joiner)
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
        ligature = self._ligatures.get(index)
        if ligature:
            self._ends.pop(cluster, None)
            self._glyphs.append(Glyph(index, width, ligature.letter))
            self._add_lost_letters(ligature)
        else:
            self._glyphs.append(Glyph(index, width, self._take_text(index, cluster)))
        if kerning := round(width + shift - advance):
            add(f">{kerning}<")
        self._width += advance

    def _take_text(self, index: int, cluster: int) -> str:
        """Return the characters of a cluster for its first glyph; those of a mark are its own."""
        text = self._text[cluster : self._ends.get(cluster, cluster)]
        if len(text) > 1:
            for character in text:
                if unicodedata.combining(character) and self._face.find_glyph(character) == index:
                    return character
        self._ends.pop(cluster, None)
        return text

    def _add_lost_letters(self, ligature: Ligature) -> None:
        """Add the letters to the right of that which the ligature stands for."""
        self._parts.append(self._empty_glyphs.write_lost(ligature))
        self._glyphs += self._empty_glyphs.list_lost(ligature)

    def finish(self) -> Run:
        """Return the run."""
        # Two shifts in a row stay two numbers.
        operand = "".join([*self._parts, ">"]).replace("<>", " ")
        return Run(operand, self._width / 1000, tuple(self._glyphs), self._has_rises)
