"""Adds the letters that lines of glyphs lose to pages that WeasyPrint has written. Called by `html_path`.

On plates `shaping` adds them.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import pydyf

from services.kit.text import ZWNJ
from services.pdfworker.letter.faces import get_face
from services.pdfworker.letter.ligatures import EmptyGlyphs, get_empty_glyphs, list_ligatures
from services.pdfworker.letter.writer import resolve_reference

_BFCHAR = re.compile(rb"<([0-9a-f]{4})> <([0-9a-f]{8,})>")
_FONT = re.compile(rb"/([A-Z]+) [-.0-9]+ Tf")
_TEXT = re.compile(rb"\[.*\] TJ", re.DOTALL)
_DIGITS = re.compile(rb"<([0-9a-f]+)>")
# What WeasyPrint writes between two glyphs for a character without a picture: a shift by nothing, which is a
# number with a fraction. Those of kerning are whole.
_JOINER = re.compile(rb"([0-9a-f]{4})((?:>-?\d+<)?)>-?0\.0<([0-9a-f]{4})")
_SPACES = " \u00a0"


class LetterFonts(dict[Any, Any]):
    """The fonts of a document; each has the glyphs of lost letters, so that they are embedded too."""

    def __setitem__(self, key: Any, font: Any) -> None:
        """Add a font that WeasyPrint begins to use."""
        for glyph in get_empty_glyphs(font.weight).list_all():
            font.widths[glyph.index] = glyph.width
            font.to_unicode[glyph.index] = glyph.text
        super().__setitem__(key, font)


def add_lost_letters(fonts: Mapping[Any, Any], pdf: pydyf.PDF) -> None:
    """Add lost letters to the pages of a document with these fonts.

    Nothing is added to fonts that lack the glyphs: WeasyPrint then works in another way.
    """
    weights = {
        font.hash: font.weight
        for font in fonts.values()
        if all(glyph.index in font.widths for glyph in get_empty_glyphs(font.weight).list_all())
    }
    names = {font.name: font.weight for font in fonts.values() if font.hash in weights}
    for item in pdf.objects:
        if isinstance(item, dict) and item.get("BaseFont") in names and "ToUnicode" in item:
            _fix_characters(resolve_reference(pdf, item["ToUnicode"]).stream, names[item["BaseFont"]])
    for page in pdf.page_references:
        _fix_page(resolve_reference(pdf, resolve_reference(pdf, page)["Contents"]).stream, weights)


def read_font(operation: bytes) -> str | None:
    """Return the name of the font that an operation chooses, or None if it does something else."""
    match = _FONT.fullmatch(operation)
    return match[1].decode("ascii") if match else None


def iterate_glyphs(operation: bytes) -> Iterator[int]:
    """Yield the glyphs that an operation shows."""
    if _TEXT.fullmatch(operation):
        for digits in _DIGITS.findall(operation):
            for start in range(0, len(digits), 4):
                yield int(digits[start : start + 4], 16)


def _fix_characters(lines: list[bytes], weight: int) -> None:
    """Map each ligature to its last letter, and each mark to itself."""
    ligatures, face = list_ligatures(weight), get_face(weight)

    def replace(entry: re.Match[bytes]) -> bytes:
        glyph = int(entry[1], 16)
        text = bytes.fromhex(entry[2].decode()).decode("utf-16-be")
        if glyph in ligatures:
            text = ligatures[glyph].letter
        else:
            text = next(
                (c for c in text if unicodedata.combining(c) and face.find_glyph(c) == glyph),
                text.replace(ZWNJ, "") or ZWNJ,
            )
        return b"<%s> <%s>" % (entry[1], text.encode("utf-16-be").hex().encode("ascii"))

    lines[:] = [_BFCHAR.sub(replace, line) for line in lines]


def _fix_page(stream: list[Any], weights: Mapping[str, int]) -> None:
    """Add lost letters to the texts of a page."""
    weight = None
    for place, token in enumerate(stream):
        if not isinstance(token, bytes):
            continue
        if font := read_font(token):
            weight = weights.get(font)
        elif weight is not None and _TEXT.fullmatch(token):
            stream[place] = _add_to_text(token, weight)


def _add_to_text(operation: bytes, weight: int) -> bytes:
    empty, ligatures = get_empty_glyphs(weight), list_ligatures(weight)

    def add_to_digits(part: re.Match[bytes]) -> bytes:
        digits = part[1].decode("ascii")
        written = "<"
        for start in range(0, len(digits), 4):
            glyph = digits[start : start + 4]
            written += glyph
            if ligature := ligatures.get(int(glyph, 16)):
                written += empty.write_lost(ligature)
        return f"{written}>".encode("ascii")

    return _DIGITS.sub(add_to_digits, "".join(_add_joiners(operation, weight, empty)).encode("ascii"))


def _add_joiners(operation: bytes, weight: int, empty: EmptyGlyphs) -> Iterator[str]:
    """Yield a text in parts, with a joiner between two letters where a character has no picture."""
    spaces = {f"{get_face(weight).find_glyph(space):04x}".encode("ascii") for space in _SPACES}
    joiner, at = f"{empty.narrow[ZWNJ].index:04x}", 0
    while match := _JOINER.search(operation, at):
        before, kerning, after = match.groups()
        end = match.start(3)
        text = operation[at:end].decode("ascii")
        if not spaces & {before, after}:
            text = (operation[at : match.start(2)] + kerning).decode("ascii") + joiner
        yield text
        at = end
    yield operation[at:].decode("ascii")
