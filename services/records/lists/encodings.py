"""The encodings of list files: which one a text is written in, and how to decode and encode each.

Two encodings are official, cp1256 and Iran System, and UTF-8 is met. Programs mix them and copy the language
driver from a template, and converters let single bytes of the other encoding through. So the cells decide by
weight: each is decoded in every encoding, and the sum of its letters' weights is its evidence. What a single
letter can weigh is bounded, so a stray byte outvotes nothing.
"""

import codecs
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from services.kit.text import ZWNJ, fold_letter_forms
from services.records.lists import iran_system
from services.records.lists.name_weights import score_text

DRIVER_CP1256 = 0x7E

_CP1256_FOLDS = str.maketrans("یۀ۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "يه01234567890123456789")
# Less evidence than this, about two letters, is outvoted by the language driver and the list's other file.
_DRIVER_WEIGHT, _OTHER_FILE_WEIGHT = 2.0, 4.0
# By how much a column must differ from its file to be read in an encoding of its own.
_OWN_ENCODING = 8.0
# Cells whose weights are remembered: the same names and places come in very many lists.
_REMEMBERED = 2_048
# The weight of a letter of UTF-8 that ends with the column.
_CUT_LETTER = -3.0


class Encoding(StrEnum):
    """The encodings of list files."""

    CP1256 = "cp1256"
    IRAN_SYSTEM = "iransystem"
    UTF_8 = "utf-8"


Evidence = Mapping[Encoding, float]


def score_cells(cells: Iterable[bytes]) -> Evidence:
    """Return how much speaks for each encoding in which the texts of these cells may be written."""
    weights = dict.fromkeys(Encoding, 0.0)
    for cell in cells:
        if not cell.isascii():
            for encoding in Encoding:
                weights[encoding] += _SCORERS[encoding](cell)
    return weights


def choose_encoding(evidence: Evidence, driver: int, other_file: Encoding | None = None) -> Encoding:
    """Return the likeliest encoding. The language driver and the list's other file decide a near tie."""
    weights = dict(evidence)
    if driver == DRIVER_CP1256:
        weights[Encoding.CP1256] += _DRIVER_WEIGHT
    if other_file:
        weights[other_file] += _OTHER_FILE_WEIGHT
    return max(weights, key=weights.__getitem__)


def choose_column_encoding(of_column: Evidence, of_file: Encoding) -> Encoding:
    """Return a column's own encoding if the column clearly differs from its file, or that of the file."""
    best = max(of_column, key=of_column.__getitem__)
    is_clear = of_column[best] - of_column[of_file] > _OWN_ENCODING
    return best if is_clear and of_column[of_file] < min(0.0, 3 * of_column[best]) else of_file


def get_decoder(encoding: Encoding) -> Callable[[bytes], str]:
    """Return the function that decodes a field's bytes to text in logical order, not yet normalised."""
    return _DECODERS[encoding]


def get_encoder(encoding: Encoding) -> Callable[[str], bytes]:
    """Return the function that encodes text to a field's bytes.

    It raises UnicodeEncodeError for a letter that the encoding does not have.
    """
    return _ENCODERS[encoding]


def score_cell(cell: bytes, encoding: Encoding) -> float:
    """Return how much speaks for an encoding in a cell."""
    return _SCORERS[encoding](cell)


class OtherReading(NamedTuple):
    """What a cell may be, and how much speaks for it."""

    text: str
    weight: float


def list_readings(cell: bytes, encoding: Encoding, text: str) -> Iterator[OtherReading]:
    """Yield what a cell may be in another encoding, or in Iran System with other letters or another order."""
    for other, decode in _DECODERS.items():
        if other is not encoding:
            yield OtherReading(decode(cell), score_cell(cell, other))
    if encoding is Encoding.IRAN_SYSTEM:
        for reading in (iran_system.decode_stray(cell, is_visual=False), text.replace(ZWNJ, "")):
            if reading != text:
                yield OtherReading(reading, score_text(reading))


def list_conversions(cell: bytes) -> Iterator[OtherReading]:
    """Yield what a cell may be if it was decoded as one encoding and stored as another."""
    for before in (decode(cell) for decode in _DECODERS.values()):
        for codec in _CONVERTED_AS:
            raw = _encode_as(codec, before)
            if raw and raw != cell:
                for encoding, decode in _DECODERS.items():
                    yield OtherReading(decode(raw), score_cell(raw, encoding))


# The encodings that texts are converted from by programs that take them for their own.
_CONVERTED_AS = ("cp1256", "cp1252", "cp437", "cp850", "cp720")


def _encode_as(codec: str, text: str) -> bytes | None:
    """Return the bytes of a text in an encoding, whose unused bytes are control characters, or None."""
    encoded = bytearray()
    for character in text:
        try:
            encoded += character.encode(codec)
        except UnicodeEncodeError:
            if ord(character) > 0xFF:
                return None
            encoded.append(ord(character))
    return bytes(encoded)


def _decode_cp1256(data: bytes) -> str:
    return data.decode("cp1256")


def _encode_cp1256(text: str) -> bytes:
    return text.translate(_CP1256_FOLDS).encode("cp1256")


def _decode_utf_8(data: bytes) -> str:
    """Return UTF-8 text; a letter that the width of the column has cut off is left out."""
    return fold_letter_forms(codecs.utf_8_decode(data, "replace", False)[0])


def is_letter_cut(cell: bytes) -> bool:
    """Return whether a cell of UTF-8 ends within a letter."""
    return codecs.utf_8_decode(cell, "replace", False)[1] < len(cell)


def _encode_utf_8(text: str) -> bytes:
    return text.encode()


@lru_cache(_REMEMBERED)
def _score_cp1256(cell: bytes) -> float:
    return score_text(_decode_cp1256(cell))


@lru_cache(_REMEMBERED)
def _score_utf_8(cell: bytes) -> float:
    return score_text(_decode_utf_8(cell)) + (_CUT_LETTER if is_letter_cut(cell) else 0.0)


@lru_cache(_REMEMBERED)
def _score_iran_system(cell: bytes) -> float:
    return score_text(iran_system.decode_stray(cell)) + iran_system.score_forms(cell)


_DECODERS: dict[Encoding, Callable[[bytes], str]] = {
    Encoding.CP1256: _decode_cp1256,
    Encoding.IRAN_SYSTEM: iran_system.decode_stray,
    Encoding.UTF_8: _decode_utf_8,
}
_ENCODERS: dict[Encoding, Callable[[str], bytes]] = {
    Encoding.CP1256: _encode_cp1256,
    Encoding.IRAN_SYSTEM: iran_system.encode,
    Encoding.UTF_8: _encode_utf_8,
}
_SCORERS: dict[Encoding, Callable[[bytes], float]] = {
    Encoding.CP1256: _score_cp1256,
    Encoding.IRAN_SYSTEM: _score_iran_system,
    Encoding.UTF_8: _score_utf_8,
}
