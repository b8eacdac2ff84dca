"""The font configuration of a worker process: Vazirmatn and nothing else. Used by `render`.

Fonts are installed for fontconfig (`fonts.conf`) rather than declared by @font-face. Both are equally fast
when measured, and a character that Vazirmatn lacks then shows as a box instead of adding a foreign font.
"""

from functools import cache

from weasyprint.text.fonts import FontConfiguration

from services.pdfworker.letter.fonts import FONTS


class FontsMissing(RuntimeError):
    """The fonts were not downloaded."""


@cache
def get_font_configuration() -> FontConfiguration:
    """Return the font configuration of the process; a second one would double its memory.

    Raises FontsMissing if `make assets` was not run.
    """
    if not any(FONTS.glob("Vazirmatn-*.ttf")):
        raise FontsMissing(
            "قلم وزیرمتن نیست؛ make assets را اجرا کنید / the font Vazirmatn is missing: run `make assets`"
        )
    return FontConfiguration()
