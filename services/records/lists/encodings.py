"""Which of the two encodings a list file is written in, and the way in and out of each. Called per file.

By the bytes of all the file's texts together:

1. any of C0-DF: cp1256, since Iran System has box drawing there and cp1256 most of its Persian letters;
2. else any high byte that is no Persian letter or sign of cp1256: Iran System;
3. else high bytes that fit both, as in a header whose few words all are like «ملی»: the language driver tells
   if it says cp1256; if not, the list's other file, written by the same program, does; at last Iran System;
4. no high byte at all: ASCII reads the same in both; cp1256.

The language driver alone decides nothing: programs copy it from a template.
"""

from collections.abc import Callable
from enum import StrEnum

from services.records.lists import iran_system

DRIVER_CP1256 = 0x7E

_ASCII = bytes(range(0x80))
_ONLY_CP1256 = frozenset(range(0xC0, 0xE0))
_CP1256_PERSIAN = frozenset("پچژگک\u200c،؛؟«»\u00a0لمنهويىًٌٍَُِّْ".encode("cp1256"))
_CP1256_FOLDS = str.maketrans("یۀ۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "يه01234567890123456789")


class Encoding(StrEnum):
    """The two encodings of list files."""

    CP1256 = "cp1256"
    IRAN_SYSTEM = "iransystem"


def certain_encoding(texts: bytes) -> Encoding | None:
    """Return the encoding that the bytes of a file's texts prove, or None where both fit (cases 3 and 4)."""
    used = frozenset(texts.translate(None, _ASCII))
    if used & _ONLY_CP1256:
        return Encoding.CP1256
    return None if used <= _CP1256_PERSIAN else Encoding.IRAN_SYSTEM


def likely_encoding(texts: bytes, driver: int, other_file: Encoding | None) -> Encoding:
    """Return the encoding of a file whose bytes prove none, by its language driver or its companion."""
    if texts.isascii() or driver == DRIVER_CP1256:
        return Encoding.CP1256
    return other_file or Encoding.IRAN_SYSTEM


def decoder(encoding: Encoding) -> Callable[[bytes], str]:
    """Return the function from a field's bytes to text in logical order, not yet normalised."""
    return iran_system.decode if encoding is Encoding.IRAN_SYSTEM else _decode_cp1256


def encoder(encoding: Encoding) -> Callable[[str], bytes]:
    """Return the function from text to a field's bytes; it raises UnicodeEncodeError for what has no byte."""
    return iran_system.encode if encoding is Encoding.IRAN_SYSTEM else _encode_cp1256


def _decode_cp1256(data: bytes) -> str:
    return data.decode("cp1256")


def _encode_cp1256(text: str) -> bytes:
    return text.translate(_CP1256_FOLDS).encode("cp1256")
