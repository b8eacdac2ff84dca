"""The one font configuration of a worker process: Vazirmatn and nothing else. Used by `render`.

Fonts are installed for fontconfig (`fonts.conf`) rather than declared by @font-face: equally fast when
measured, and what Vazirmatn lacks then shows as a box instead of bringing a foreign font into the letter.
"""

from functools import cache

from weasyprint.text.fonts import FontConfiguration

from services.pdfworker.letter.fonts import FONTS


class FontsMissing(RuntimeError):
    """The fonts were not fetched."""


@cache
def font_configuration() -> FontConfiguration:
    """Return the process's font configuration; a second one would double its memory.

    Raises FontsMissing when `make assets` was not run.
    """
    if not any(FONTS.glob("Vazirmatn-*.ttf")):
        raise FontsMissing("قلم وزیرمتن نیست؛ make assets را اجرا کنید / no Vazirmatn: run `make assets`")
    return FontConfiguration()
