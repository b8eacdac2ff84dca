"""Finding serial numbers in a file that claims to be a letter. Called by `letters` for unknown files.

A letter's title contains its serial. No PDF library parses uploads of unknown callers: the bytes are
searched, and object streams inflated, within fixed bounds.
"""

import re
from collections.abc import Iterator
from itertools import islice

from govah_verify.check_digit import has_valid_check_digit
from govah_verify.chunks import iterate_searchable_chunks
from services.kit.text import normalise_digits

MAX_SERIALS = 100
MAX_CANDIDATES = 50_000
MAX_TEXTS = 10_000
MARKS_WITHIN = 1024

_PLAIN = re.compile(rb"(?<![0-9])[0-9]{13}(?![0-9])")
_GROUPED = re.compile("(?<![0-9])[0-9](?:[ \u00a0]?[0-9]){12}(?![0-9])")
# A text string of a PDF that is not ASCII is UTF-16BE behind its mark (ISO 32000-2, 7.9.2.2).
_HEXADECIMAL = re.compile(rb"<feff((?:[0-9a-f]{4}){13,200})>", re.IGNORECASE)
_LITERAL = re.compile(rb"\(\xfe\xff(.{26,400})", re.DOTALL)


def find_serials(data: bytes) -> set[str]:
    """Return the numbers in a PDF that can be a letter's serial. Any other file has none."""
    # Header or trailer suffices: one changed byte can destroy only one of them.
    if b"%PDF-" not in data[:MARKS_WITHIN] and b"startxref" not in data[-MARKS_WITHIN:]:
        return set()
    return set(
        islice(filter(has_valid_check_digit, islice(_find_numbers(data), MAX_CANDIDATES)), MAX_SERIALS)
    )


def _find_numbers(data: bytes) -> Iterator[str]:
    texts = 0
    for part in iterate_searchable_chunks(data):
        for match in _PLAIN.finditer(part):
            yield match[0].decode("ascii")
        for text in islice(_decode_texts(part), MAX_TEXTS - texts):
            texts += 1
            for number in _GROUPED.finditer(normalise_digits(text)):
                yield re.sub("[^0-9]", "", number[0])


def _decode_texts(part: bytes) -> Iterator[str]:
    for match in _HEXADECIMAL.finditer(part):
        yield bytes.fromhex(match[1].decode("ascii")).decode("utf-16-be", "replace")
    for match in _LITERAL.finditer(part):
        yield match[1].decode("utf-16-be", "replace")
