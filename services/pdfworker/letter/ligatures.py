"""Letters that a line of glyphs loses, and the empty glyphs that carry them for readers of the text.

The joiner «‌» has no picture. A ligature such as «لا» has one picture for several letters, which readers of
right-to-left text reverse. So the ligature stands for its last letter, and an empty glyph without width to
its right for each letter before. Used by `shaping` and `finish`.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import uharfbuzz

from services.kit.text import ZWNJ
from services.pdfworker.letter.faces import Glyph, get_face

_SHADDA, _HAMZA = "\u0651", "\u0654"
# The characters whose glyphs are empty, by the letters that these stand for. A text never shows them:
# HarfBuzz and Pango leave such characters out.
_EMPTY_CHARACTERS = {
    ZWNJ: ZWNJ,
    "\u0644": "\u200d",
    "\u0627": "\u200e",
    _SHADDA: "\u200f",
    _HAMZA: "\u200b",
    "\u06b5": "\u202a",
    "\u0640": "\u202b",
}
# The same with a width, for a letter with a lost one after it: readers take what is twice in a place for one.
_WIDE_CHARACTERS = {"\u0644": "\u200a"}
_VOWELS = "\u064b\u064c\u064d\u064e\u064f\u0650\u0652"
_LIGATED = (
    *("".join(pair) for pair in itertools.product("\u0644\u06b5", "\u0627\u0622\u0623\u0625\u0671")),
    "\u0627\u0644\u0644\u0647",
    *("".join(pair) for pair in itertools.product((_SHADDA, _HAMZA), _VOWELS)),
    *("".join(pair) for pair in itertools.product("\u0640", (*_VOWELS, _SHADDA))),
)
# Before a ligature, so that it has its form at the end of a word.
_JOINING = "\u0628"


class Ligature(NamedTuple):
    """The letter that a ligature stands for, and the lost letters to its right, from left to right."""

    letter: str
    lost: tuple[str, ...]


@dataclass(frozen=True)
class EmptyGlyphs:
    """The empty glyphs of a weight by their letters; those with a width are for several lost letters."""

    narrow: Mapping[str, Glyph]
    wide: Mapping[str, Glyph]

    def list_all(self) -> Sequence[Glyph]:
        """Return all of them."""
        return [*self.narrow.values(), *self.wide.values()]

    def list_lost(self, ligature: Ligature) -> Sequence[Glyph]:
        """Return the glyphs of the lost letters of a ligature."""
        *wide, last = ligature.lost
        return [*(self.wide[letter] for letter in wide), self.narrow[last]]

    def write_lost(self, ligature: Ligature) -> str:
        """Return these glyphs in an operand of TJ, to follow the hexadecimal digits of the ligature."""
        glyphs = self.list_lost(ligature)
        digits = "".join([f"{glyph.index:04x}" for glyph in glyphs])
        back = sum(glyph.width for glyph in glyphs)
        return f">{back}<{digits}" if back else digits


@cache
def get_empty_glyphs(weight: int) -> EmptyGlyphs:
    """Return the empty glyphs of a weight. Raises ValueError if the font lacks one."""
    narrow, wide = (
        {letter: _find_empty_glyph(letter, character, weight) for letter, character in characters.items()}
        for characters in (_EMPTY_CHARACTERS, _WIDE_CHARACTERS)
    )
    if any(glyph.width for glyph in narrow.values()):
        raise ValueError("an empty glyph has a width")
    return EmptyGlyphs(narrow, wide)


def _find_empty_glyph(letter: str, character: str, weight: int) -> Glyph:
    face = get_face(weight)
    index = face.find_glyph(character)
    if not index:
        raise ValueError(f"the font has no glyph of U+{ord(character):04X}")
    return Glyph(index, face.measure_glyph(index), letter)


@cache
def list_ligatures(weight: int) -> Mapping[int, Ligature]:
    """Return the ligatures of right-to-left letters in a weight, by their glyphs."""
    return {
        glyph: Ligature(letters[-1], tuple(reversed(letters[:-1])))
        for letters in _LIGATED
        for before in ("", _JOINING)
        for glyph in _find_ligature(before, letters, weight)
    }


def _find_ligature(before: str, letters: str, weight: int) -> Iterator[int]:
    """Yield the glyph of letters if they are one."""
    face = get_face(weight)
    buffer = uharfbuzz.Buffer()
    buffer.add_str(before + letters)
    buffer.direction, buffer.script, buffer.language = "rtl", "Arab", "fa"
    buffer.cluster_level = uharfbuzz.BufferClusterLevel.MONOTONE_CHARACTERS
    uharfbuzz.shape(face.font, buffer)
    infos = buffer.glyph_infos
    if len(infos) == 1 + len(before) and infos[0].cluster == len(before):
        yield infos[0].codepoint
