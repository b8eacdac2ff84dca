"""Sets text in lines as Pango does, without laying anything out: runs in visual order, at known places.

Lengths within a line are in ems, so that a line is remembered for all sizes. Called by `paragraphs`.
"""

import re
from functools import cache, lru_cache
from typing import NamedTuple

from services.pdfworker.letter.bidi import compute_levels, order_runs
from services.pdfworker.letter.shaping import BOLD, REGULAR, Glyph, Run, shape_text

__all__ = ["BOLD", "REGULAR", "Line", "check_figures", "set_line"]

# Twice the texts of a page. More would be those of other people, which do not come back.
REMEMBERED_TEXTS = 1024
# What has one direction in a right-to-left line: letters, spaces and marks that have no partner.
_RIGHT_TO_LEFT = re.compile(
    "[\u0621-\u063a\u0641-\u064a\u067e\u0686\u0698\u06a9\u06af\u06c0\u06cc\u200c \u00a0،؛؟.…]+"
)
_FIGURES = re.compile("[0-9\u06f0-\u06f9\u066c]+")
_INVISIBLE = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_SCRIPTS = (
    (
        "Arab",
        re.compile("[\u0620-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff\u0750-\u077f\ufb50-\ufefc]"),
    ),
    ("Cyrl", re.compile("[\u0400-\u052f]")),
    ("Grek", re.compile("[\u0370-\u03ff]")),
    ("Latn", re.compile("[A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02b8\u1e00-\u1eff]")),
)


class Placed(NamedTuple):
    """A run, and its distance from the left end of the line."""

    x: float
    run: Run


class Line(NamedTuple):
    """The runs of a line, and its width."""

    runs: tuple[Placed, ...]
    width: float


@lru_cache(maxsize=REMEMBERED_TEXTS)
def set_line(text: str, weight: int = REGULAR, *, is_tabular: bool = False, is_rtl: bool = True) -> Line:
    """Return a line of text. Raises Unsettable."""
    if is_tabular and _FIGURES.fullmatch(text):
        return _join_figures(text, weight)
    if is_rtl and _RIGHT_TO_LEFT.fullmatch(text):
        run = shape_text(text, weight, "Arab", is_rtl=True, is_tabular=is_tabular)
        return Line((Placed(0, run),), run.width)
    parts = _split(text, is_rtl=is_rtl)
    x, placed = 0.0, []
    for index in order_runs([level for _, level, _ in parts]):
        part, level, script = parts[index]
        run = shape_text(part, weight, script, is_rtl=level % 2 == 1, is_tabular=is_tabular)
        placed.append(Placed(x, run))
        x += run.width
    # In the order in which they are read.
    placed.sort(key=lambda one: -one.x if is_rtl else one.x)
    return Line(tuple(placed), x)


def _split(text: str, *, is_rtl: bool) -> list[tuple[str, int, str]]:
    """Return the parts of a text that have one level and one script each, in logical order."""
    levels, scripts = compute_levels(text, is_rtl=is_rtl), _list_scripts(text)
    parts: list[tuple[str, int, str]] = []
    for character, level, script in zip(text, levels, scripts, strict=True):
        if _INVISIBLE.match(character):
            continue
        if parts and parts[-1][1:] == (level, script):
            parts[-1] = (parts[-1][0] + character, level, script)
        else:
            parts.append((character, level, script))
    return parts


def _list_scripts(text: str) -> list[str]:
    """Return the script of each character; that of the letter before, for what belongs to all scripts."""
    own = [_find_script(character) for character in text]
    current = next((script for script in own if script), "Arab")
    scripts = []
    for script in own:
        current = script or current
        scripts.append(current)
    return scripts


@lru_cache(maxsize=1024)
def _find_script(character: str) -> str | None:
    return next((name for name, letters in _SCRIPTS if letters.match(character)), None)


def _join_figures(text: str, weight: int) -> Line:
    """Return figures of one width side by side. `check_figures` proves that the font does no more to them."""
    operand, glyphs, width = "<", list[Glyph](), 0.0
    for figure in text:
        digits, glyph, advance = _shape_figure(figure, weight)
        operand += digits
        glyphs.append(glyph)
        width += advance
    return Line((Placed(0, Run(operand + ">", width, tuple(glyphs))),), width)


@cache
def _shape_figure(figure: str, weight: int) -> tuple[str, Glyph, float]:
    """Return the glyph of a figure in hexadecimal digits, the glyph itself, and its width in ems."""
    run = shape_text(figure, weight, "Arab", is_rtl=False, is_tabular=True)
    return run.operand[1:-1], run.glyphs[0], run.width


def check_figures() -> None:
    """Raise AssertionError if the font joins or moves figures of one width."""
    text = "۰۱۲۳٬۴۵۶٬۷۸۹۰۰۱۱۹٬۹۹۹"
    for weight in (REGULAR, BOLD):
        shaped = shape_text(text, weight, "Arab", is_rtl=False, is_tabular=True)
        (joined,) = _join_figures(text, weight).runs
        if (joined.run.operand, round(joined.run.width, 6)) != (shaped.operand, round(shaped.width, 6)):
            raise AssertionError("the font does more to figures than to set them side by side")
