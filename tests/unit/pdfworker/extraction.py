"""What a reader's software finds in a rendered letter, with poppler's own tools."""

import re
import subprocess
import unicodedata
from collections.abc import Iterable
from itertools import takewhile

_UNSEEN = dict.fromkeys(map(ord, "\u200c\u200e\u200f\u202a\u202b\u202c"))
_MARK = re.compile(r"\)[۱۲،]+\(")
_FOOT = re.compile("صفحه[۰-۹]+از[۰-۹]+شمارهسریال")
_FIGURE = re.compile(r"[۰-۹٬]+|—")


def fold(text: str) -> str:
    """Return the letters and digits of a text as they compare across extraction: NFKC, no ZWNJ, no marks.

    Poppler moves spaces and punctuation beside digits, so both go.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_UNSEEN)
    return re.sub(r"[^\w٬]+", "", plain)


def text_of(pdf: bytes) -> str:
    """Return the folded text of all pages."""
    return fold(" ".join(pages_of(pdf)))


def pages_of(pdf: bytes, *options: str) -> list[str]:
    """Return the text of each page as pdftotext gives it."""
    pages = _run(["pdftotext", *options, "-", "-"], pdf).decode()
    return pages.split("\f")[:-1]


def rows_of(pages: Iterable[str]) -> list[list[str]]:
    """Return the figures of every line above the foot, right to left, of pages laid out as printed."""
    lines = (_MARK.sub("", line.translate(_UNSEEN)) for page in pages for line in _above_foot(page))
    return [_FIGURE.findall(line)[::-1] for line in lines]


def _above_foot(page: str) -> Iterable[str]:
    return takewhile(lambda line: not _FOOT.search(fold(line)), page.splitlines())


def fonts_of(pdf: bytes) -> set[str]:
    """Return the names of the fonts embedded in the letter, without their subset tags."""
    lines = _run(["pdffonts", "-"], pdf).decode().splitlines()[2:]
    return {line.split()[0].partition("+")[2] for line in lines}


def _run(command: list[str], pdf: bytes) -> bytes:
    return subprocess.run(command, input=pdf, capture_output=True, check=True).stdout
