"""The two encodings of list files: which one a file is written in, and how to decode and encode each.

The bytes of all texts of a file decide:

1. any of C0-DF: cp1256, since Iran System has box drawing there and cp1256 most of its Persian letters;
2. else any high byte outside the Persian letters and signs of cp1256: Iran System;
3. else high bytes that fit both, as in a header whose few words are all like «ملی»: cp1256 if the language
   driver names it; if not, the encoding of the list's other file, which the same program wrote; finally Iran
   System;
4. no high byte: cp1256, since ASCII reads the same in both.

The language driver is never enough: programs copy it from a template.
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


def detect_encoding(texts: bytes) -> Encoding | None:
    """Return the encoding that the bytes of a file's texts prove, or None if both fit (cases 3 and 4)."""
    used = frozenset(texts.translate(None, _ASCII))
    if used & _ONLY_CP1256:
        return Encoding.CP1256
    return None if used <= _CP1256_PERSIAN else Encoding.IRAN_SYSTEM


def guess_encoding(texts: bytes, driver: int, other_file: Encoding | None) -> Encoding:
    """Return the likely encoding of a file whose bytes fit both, by its language driver or its companion."""
    if texts.isascii() or driver == DRIVER_CP1256:
        return Encoding.CP1256
    return other_file or Encoding.IRAN_SYSTEM


def get_decoder(encoding: Encoding) -> Callable[[bytes], str]:
    """Return the function that decodes a field's bytes to text in logical order, not yet normalised."""
    return iran_system.decode if encoding is Encoding.IRAN_SYSTEM else _decode_cp1256


def get_encoder(encoding: Encoding) -> Callable[[str], bytes]:
    """Return the function that encodes text to a field's bytes.

    It raises UnicodeEncodeError for a letter that the encoding does not have.
    """
    return iran_system.encode if encoding is Encoding.IRAN_SYSTEM else _encode_cp1256


def _decode_cp1256(data: bytes) -> str:
    return data.decode("cp1256")


def _encode_cp1256(text: str) -> bytes:
    return text.translate(_CP1256_FOLDS).encode("cp1256")
