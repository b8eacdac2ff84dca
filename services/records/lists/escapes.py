"""Letters that programs of the web wrote as escapes: &#1740; and \\u06cc and %DB%8C. `name_fits` calls it.

Browsers write so what the encoding of a page lacks, such as ی in Windows-1256.
"""

import html
import re
from urllib.parse import unquote

_ENTITY = re.compile(r"&(?:#[0-9]{2,7}|#[xX][0-9a-fA-F]{2,6}|zwnj|zwj|nbsp|quot|amp|[lr]aquo);?")
_UNICODE = re.compile(r"\\u(?:\{([0-9a-fA-F]{2,6})\}|([0-9a-fA-F]{4}))")
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2})+")
# What the width of a column has left of the last escape.
_CUT = re.compile(r"(?:&#?[xX]?[0-9a-fA-F]{0,6}|\\u?[0-9a-fA-F]{0,3}|%[0-9a-fA-F]?)\Z")


def undo_escapes(text: str) -> str:
    """Return the text with its escapes as letters; an escape at the end that is not whole is left out."""
    if _ENTITY.search(text):
        return html.unescape(_CUT.sub("", text))
    if _UNICODE.search(text):
        return _UNICODE.sub(_read_unicode, _CUT.sub("", text))
    if _PERCENT.search(text):
        return _PERCENT.sub(_read_percent, _CUT.sub("", text))
    return text


def _read_unicode(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code <= 0x10FFFF else escape[0]


def _read_percent(escapes: re.Match[str]) -> str:
    """Return the letters of bytes in UTF-8, of which the last may be cut off; else what they were."""
    letters = unquote(escapes[0], errors="replace").rstrip("\ufffd")
    return letters if "\ufffd" not in letters and not letters.isascii() else escapes[0]
