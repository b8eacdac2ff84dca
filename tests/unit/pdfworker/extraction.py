"""Extraction of text and fonts from a rendered letter with poppler's tools."""

import re
import subprocess
import unicodedata
from collections.abc import Iterable
from itertools import takewhile

_INVISIBLE = dict.fromkeys(map(ord, "\u200c\u200e\u200f\u202a\u202b\u202c"))
_MARK = re.compile(r"\)[۰-۹،]+\(")
_FOOT = re.compile("صفحه[۰-۹]+از[۰-۹]+شمارهسریال")
_FIGURE = re.compile(r"[۰-۹٬]+|—")


def fold(text: str) -> str:
    """Return the letters and digits of a text, comparable after extraction: NFKC, no ZWNJ, no marks.

    Poppler moves spaces and punctuation next to digits, so both are removed.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_INVISIBLE)
    return re.sub(r"[^\w٬]+", "", plain)


def extract_text(pdf: bytes) -> str:
    """Return the folded text of all pages."""
    return fold(" ".join(extract_pages(pdf)))


def extract_pages(pdf: bytes, *options: str) -> list[str]:
    """Return the text of each page from pdftotext."""
    pages = _run(["pdftotext", *options, "-", "-"], pdf).decode()
    return pages.split("\f")[:-1]


def extract_rows(pages: Iterable[str]) -> list[list[str]]:
    """Return the figures of every line above the foot, from right to left, of pages with their layout."""
    lines = (
        _MARK.sub("", line.translate(_INVISIBLE)) for page in pages for line in _take_lines_above_foot(page)
    )
    return [_FIGURE.findall(line)[::-1] for line in lines]


def _take_lines_above_foot(page: str) -> Iterable[str]:
    return takewhile(lambda line: not _FOOT.search(fold(line)), page.splitlines())


def list_fonts(pdf: bytes) -> set[str]:
    """Return the names of the fonts embedded in the letter, without their subset tags."""
    lines = _run(["pdffonts", "-"], pdf).decode().splitlines()[2:]
    return {line.split()[0].partition("+")[2] for line in lines}


def _run(command: list[str], pdf: bytes) -> bytes:
    return subprocess.run(command, input=pdf, capture_output=True, check=True).stdout
