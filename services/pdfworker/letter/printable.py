"""What of people's and workshops' names can stand on paper. Called by `statement` and `page`."""

from functools import cache

from fontTools.ttLib import TTFont

from services.kit.text import ZWNJ, normalise_text
from services.pdfworker.letter.fonts import FONTS

# Vazirmatn draws this one; a glyph that is not in the font has no place in PDF/A.
STRANGER = "\ufffd"
LONGEST_NAME = 100


def printable(text: str) -> str:
    """Return the text as it can be printed: nothing unseen, «�» for each character that Vazirmatn lacks."""
    known = _characters()
    return "".join(c if c in known else STRANGER for c in normalise_text(text))


def shortened(text: str) -> str:
    """Return a text of at most LONGEST_NAME characters; one that is longer ends in «…»."""
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1].rstrip(f' {ZWNJ}')}…"


@cache
def _characters() -> frozenset[str]:
    with TTFont(FONTS / "Vazirmatn-Regular.ttf", lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))
