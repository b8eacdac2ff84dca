"""Prepares the names of people and workshops for print. Called by `statement` and `page`."""

from functools import cache, lru_cache

from fontTools.ttLib import TTFont

from services.kit.text import ZWNJ, normalise_text
from services.pdfworker.letter.fonts import FONTS

# The replacement character, which Vazirmatn has. PDF/A allows no glyph that is not in the font.
REPLACEMENT = "\ufffd"
MAX_NAME_LENGTH = 100


# The name of a workshop stands in hundreds of rows.
@lru_cache(maxsize=256)
def make_printable(text: str) -> str:
    """Return a text without invisible characters, and «�» for each character that Vazirmatn lacks."""
    supported = _list_supported_characters()
    return "".join(c if c in supported else REPLACEMENT for c in normalise_text(text))


def truncate_name(text: str) -> str:
    """Return a name of at most MAX_NAME_LENGTH characters; a longer one is cut and ends in «…»."""
    return text if len(text) <= MAX_NAME_LENGTH else f"{text[: MAX_NAME_LENGTH - 1].rstrip(f' {ZWNJ}')}…"


@cache
def _list_supported_characters() -> frozenset[str]:
    with TTFont(FONTS / "Vazirmatn-Regular.ttf", lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))
