"""Letters that programs wrote as escapes: &#1740; and \\u06cc and %DB%8C, or as base64. `name_fits` calls it.

Browsers write so what the encoding of a page lacks, such as ی in Windows-1256, and programs of mail or of
databases write bytes so that every channel lets them through.
"""

import base64
import binascii
import html
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from urllib.parse import unquote

from services.records.lists.name_weights import score_per_letter

_ENTITY = re.compile(r"&(?:#[0-9]{2,7}|#[xX][0-9a-fA-F]{2,6}|zwnj|zwj|nbsp|quot|amp|[lr]aquo);?")
_UNICODE = re.compile(r"\\u(?:\{([0-9a-fA-F]{2,6})\}|([0-9a-fA-F]{4}))|<?[Uu]\+([0-9a-fA-F]{4,6})>?")
_BYTES = re.compile(r"(?:%[0-9a-fA-F]{2})+|(?:\\x[0-9a-fA-F]{2})+|(?:=[0-9A-F]{2})+")
# What the width of a column has left of the last escape.
_CUT = re.compile(r"(?:&#?[xX]?[0-9a-fA-F]{0,6}|\\u?[0-9a-fA-F]{0,3}|\\x[0-9a-fA-F]?|[%=][0-9a-fA-F]?)\Z")
_MAIL_WORD = re.compile(r"=\?[\w-]+\?[bBqQ]\?[^?\s]*\?=")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{6,}={0,2}")
_HEX = re.compile(r"(?:0x|\\x)?((?:[0-9a-fA-F]{2}){4,})")
_PERSIAN = re.compile(r"[\u0600-\u06ff\ufb50-\ufdff\ufe70-\ufeff\u200c .-]+")
# The mean weight of a letter by which a text is Persian and not the chance reading of a Latin name.
_LEAST_WEIGHT = 0.3
_CODECS = ("utf-8", "cp1256", "utf-16-le", "utf-16-be")


def undo_escapes(text: str) -> str:
    """Return the text with its escapes as letters; an escape at the end that is not whole is left out."""
    if _ENTITY.search(text):
        return html.unescape(_CUT.sub("", text))
    if _UNICODE.search(text):
        return _UNICODE.sub(_read_unicode, _CUT.sub("", text))
    if _MAIL_WORD.search(text):
        return _read_mail_words(text)
    if _BYTES.search(text):
        return _BYTES.sub(_read_bytes, _CUT.sub("", text))
    return next(_read_whole(text.replace(" ", "")), text)


def _read_unicode(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2] or escape[3], 16)
    return chr(code) if code <= 0x10FFFF else escape[0]


def _read_bytes(escapes: re.Match[str]) -> str:
    """Return the letters of bytes in UTF-8, of which the last may be cut off; else what they were."""
    percents = "%".join(["", *re.findall("[0-9a-fA-F]{2}", escapes[0])])
    letters = unquote(percents, errors="replace").rstrip("\ufffd")
    return letters if "\ufffd" not in letters and not letters.isascii() else escapes[0]


def _read_mail_words(text: str) -> str:
    try:
        parts = decode_header(text)
        return "".join(
            part if isinstance(part, str) else part.decode(charset or "ascii") for part, charset in parts
        )
    except (HeaderParseError, UnicodeError, LookupError, binascii.Error):
        return text


def _read_whole(text: str) -> Iterator[str]:
    """Yield the Persian text whose bytes a text is as base64 or hexadecimal digits; its end may be cut."""
    for raw in _list_raw(text):
        for codec in _CODECS:
            letters = raw.decode(codec, "ignore" if codec == "utf-8" else "replace")
            if _PERSIAN.fullmatch(letters) and score_per_letter(letters) > _LEAST_WEIGHT:
                yield letters


def _list_raw(text: str) -> Iterator[bytes]:
    if digits := _HEX.fullmatch(text):
        yield bytes.fromhex(digits[1])
    if _BASE64.fullmatch(text):
        whole = text.rstrip("=")
        whole = whole[: len(whole) - (len(whole) % 4 == 1)]
        yield base64.b64decode(whole + "=" * (-len(whole) % 4))
