"""Whether a decoded text can be what it should be, and what it may have been instead. `texts` calls it.

A name fits badly if it has signs that no name has, no letter, a letter's form that cannot stand where it
stands, or if it reads clearly better otherwise. A job or an address may have more signs, or none but a dash.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

from services.kit.text import ZWNJ, normalise_text
from services.records.lists import iran_system
from services.records.lists.encodings import (
    Encoding,
    OtherReading,
    get_decoder,
    list_conversions,
    list_readings,
    score_cell,
)
from services.records.lists.escapes import undo_escapes
from services.records.lists.name_weights import is_known, score_per_letter, score_text

_MARKS = "\u064b-\u0652\u0654\u0670"
_LETTERS = "\u0621-\u063a\u0641-\u064a\u0671پچژکگیۀۂەھہ"
_KURDISH = "ێۆۊڕڵڤڎۇۋڭۏےںٹڈڑ"
_SIGNS = rf"0-9۰-۹٠-٩ .,،/\\()\[\]«»\"'’*+&@#%:;_=!،{ZWNJ}-"
_CLEAN = re.compile(rf"(?:[{_LETTERS}][{_MARKS}]*|[A-Za-z{_SIGNS}])*")
_CLEAN_UNICODE = re.compile(rf"(?:[{_LETTERS}{_KURDISH}\u00c0-\u024f][{_MARKS}]*|[A-Za-z{_SIGNS}])*")
_HAS_LETTER = re.compile(rf"[A-Za-z{_LETTERS}{_KURDISH}]")
_NO_LETTER = re.compile(rf"[{_SIGNS}]*")
# Characters that show no letter where there was one, as converters leave them; normalising drops them.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
# Letters of cp1252 for the bytes of Persian letters, which a program took for its own.
_LATIN = re.compile("[\u00a1-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192]")
_QUOTES = "\"'`«»“”„‘’"
_EDGE_QUOTES = re.compile(f"^[{_QUOTES}]+|[{_QUOTES}]+$")
_CLOSING = {"»": "«", "”": "“", "’": "‘"}
# What programs write for no value.
_NO_VALUES = frozenset(
    {"null", "nan", "none", "nil", "undefined", "n/a", "#n/a", "(null)", "<null>", "[null]"}
)
# Letters of cp1256 for the first byte of Persian letters in UTF-8, which stand at every second place.
_LEADS = re.compile("[طظعغ].[طظعغ]", re.DOTALL)
_STRAYS = re.compile(rb"[\x98\xb0-\xdf]")
# The weight by which another reading must be better than one whose letters are all possible.
_CLEARLY_BETTER = 8.0


# Distinct names after which their mean weight per letter tells: names have 1.3, random letters have -1.2, and
# what is read in a wrong encoding has less. Reversed names lose 0.9.
_ENOUGH_NAMES, _NONSENSE, _REVERSED = 8, -1.6, 0.4


class Fit(Enum):
    """How a name fits: well, oddly but readable, or so badly that it is unreadable."""

    GOOD = auto()
    ODD = auto()
    BAD = auto()


class Sort(Enum):
    """What a text is: a person's name, that of a company, a job, or another text; they differ in signs."""

    PERSON = auto()
    COMPANY = auto()
    JOB = auto()
    OTHER = auto()


# A sign between two letters, where a letter or a space was.
_LOST_LETTER = {
    Sort.PERSON: re.compile(rf"[{_LETTERS}][_*#%@=!;:&+0-9۰-۹]+[{_LETTERS}]"),
    Sort.COMPANY: re.compile(rf"[{_LETTERS}][*#%@=!;]+[{_LETTERS}]"),
    Sort.JOB: re.compile(rf"[{_LETTERS}][*#%@=!;]+[{_LETTERS}]"),
    Sort.OTHER: re.compile(rf"[{_LETTERS}][*%@=!]+[{_LETTERS}]"),
}


class Whole(Enum):
    """How the names of a file fit as a whole: well, in no encoding, or from their end to their beginning."""

    GOOD = auto()
    NOTHING_FITS = auto()
    REVERSED = auto()


class Effort(Enum):
    """How far a better reading is looked for: not at all, in other encodings, or through conversions too."""

    NONE = auto()
    ENCODINGS = auto()
    CONVERSIONS = auto()


@dataclass(frozen=True, slots=True)
class Reading:
    """A name as it is read, how it fits, and what it may have been; empty if that is unknown."""

    text: str
    fit: Fit = Fit.GOOD
    better: str = ""


# The same names come in very many lists.
@lru_cache(4_096)
def read_name(
    cell: bytes,
    encoding: Encoding,
    text: str,
    effort: Effort = Effort.CONVERSIONS,
    sort: Sort = Sort.PERSON,
) -> Reading:
    """Return how a name, or another text, fits that is decoded from a cell in an encoding."""
    name = normalise_text(text)
    if not name:
        return Reading(name)
    plain = normalise_text(undo_escapes(text))
    if plain != name and _CLEAN_UNICODE.fullmatch(plain) and _HAS_LETTER.search(plain):
        return Reading(name, Fit.BAD, plain)
    if is_plainly_good(cell, encoding, text, name):
        return _check_signs(name, sort)
    return _judge_closely(cell, encoding, text, name, effort, sort)


def judge_typed_name(text: str) -> Reading:
    """Return how a person's name fits that somebody has typed or a row of a list has."""
    return read_name(text.encode(), Encoding.UTF_8, text)


def _check_signs(name: str, sort: Sort) -> Reading:
    """Return how a text fits whose letters are all possible, by its signs."""
    if name.casefold() in _NO_VALUES or _LOST_LETTER[sort].search(name):
        return Reading(name, Fit.ODD)
    unquoted = _strip_quotes(name, is_strict=sort in {Sort.PERSON, Sort.JOB})
    return Reading(name) if unquoted == name else Reading(name, Fit.ODD, unquoted)


def _strip_quotes(name: str, *, is_strict: bool) -> str:
    """Return a text without the quotes in which a table of text has stored it.

    A quote that has its partner inside belongs to the text. Unless strict, only ASCII quotes at both edges
    are taken off.
    """
    first, last = name[0], name[-1]
    inner = normalise_text(_EDGE_QUOTES.sub("", name))
    if not inner:
        return name
    if not is_strict:
        return inner if first == last == '"' and '"' not in inner else name
    if first in _QUOTES and last in _QUOTES:
        return name if any(sign in _QUOTES for sign in inner) else inner
    opener = _CLOSING.get(last, last)
    has_partner = opener in name[:-1] if last in _QUOTES else any(sign in _QUOTES for sign in name[1:])
    return inner if inner != name and not has_partner else name


def _judge_closely(
    cell: bytes, encoding: Encoding, text: str, name: str, effort: Effort, sort: Sort
) -> Reading:
    if _NO_LETTER.fullmatch(name):
        return Reading(name, Fit.ODD if sort in {Sort.PERSON, Sort.COMPANY} else Fit.GOOD)
    is_clean = _is_clean(name, encoding) and not (_is_converted(text) or _CONTROL.search(text))
    weight = score_cell(cell, encoding)
    better = _find_better(cell, encoding, text, weight if is_clean else 0.0, effort)
    if not is_clean:
        return Reading(name, Fit.BAD, better.text)
    if better.weight - weight > _CLEARLY_BETTER:
        return Reading(name, Fit.BAD, better.text)
    if encoding is Encoding.IRAN_SYSTEM:
        return _check_forms(cell, name)
    return _check_signs(name, sort)


def is_plainly_good(cell: bytes, encoding: Encoding, text: str, name: str) -> bool:
    """Return whether a name has letters and signs of names only, and nothing that needs a closer look."""
    if not _is_clean(name, encoding) or not _HAS_LETTER.search(name):
        return False
    if _LEADS.search(text) or _CONTROL.search(text):
        return False
    if encoding is Encoding.UTF_8 and 2 * len(_LATIN.findall(text)) > len(name):
        return False
    if encoding is Encoding.IRAN_SYSTEM:
        return not (_STRAYS.search(cell) or ZWNJ in name or iran_system.has_open_end(cell))
    return True


def _is_clean(name: str, encoding: Encoding) -> bool:
    clean = _CLEAN_UNICODE if encoding is Encoding.UTF_8 else _CLEAN
    return clean.fullmatch(name) is not None


def _is_converted(text: str) -> bool:
    """Return whether a text is UTF-8 that was decoded as cp1256."""
    if not _LEADS.search(text):
        return False
    try:
        return len(text.encode("cp1256").decode()) < len(text)
    except UnicodeError:
        return False


def judge_names(cells: Sequence[tuple[bytes, Encoding]]) -> Whole:
    """Return how distinct names fit as a whole. Each may be possible, and yet all of them nonsense."""
    texts = [get_decoder(encoding)(cell) for cell, encoding in cells]
    letters = sum(map(len, texts))
    if len(texts) < _ENOUGH_NAMES:
        return Whole.GOOD
    if sum(score_cell(cell, encoding) for cell, encoding in cells) < _NONSENSE * letters:
        return Whole.NOTHING_FITS
    gain = sum(score_text(text[::-1]) - score_text(text) for text in texts)
    return Whole.REVERSED if gain > _REVERSED * letters else Whole.GOOD


def _find_better(cell: bytes, encoding: Encoding, text: str, weight: float, effort: Effort) -> OtherReading:
    """Return the likeliest other reading, or a blank one if none is likelier than the weight of the text."""
    at_least = max(0.0, weight / len(text))
    best = OtherReading("", 0.0)
    if effort is not Effort.NONE:
        best = _choose_reading(list_readings(cell, encoding, text), at_least)
    if effort is Effort.CONVERSIONS and not best.text:
        best = _choose_reading(list_conversions(cell), at_least)
    return best


def _choose_reading(readings: Iterable[OtherReading], at_least: float) -> OtherReading:
    """Return the likeliest reading of letters of names, or a blank one if none has this weight per letter."""
    best = OtherReading("", 0.0)
    for reading in readings:
        name = normalise_text(reading.text)
        per_letter = reading.weight / max(1, len(name))
        if per_letter > at_least and _CLEAN.fullmatch(name) and _HAS_LETTER.search(name):
            best, at_least = OtherReading(name, reading.weight), per_letter
    return best


def _check_forms(cell: bytes, name: str) -> Reading:
    """Return how a name of Iran System fits whose letters are all possible, by their forms."""
    is_readable = score_per_letter(name) > 0
    if iran_system.has_open_end(cell):
        return Reading(name, Fit.ODD if is_readable else Fit.BAD)
    if any(_has_implausible_break(word) for word in name.split()):
        return Reading(name, Fit.ODD if is_readable else Fit.BAD, name.replace(ZWNJ, ""))
    return Reading(name)


def _has_implausible_break(word: str) -> bool:
    """Return whether a letter in its final form stands inside a word that is not composed of words."""
    parts = word.split(ZWNJ)
    if parts[-1] == "ی":  # as in «خانه‌ی»
        parts.pop()
    if len(parts) == 1:
        return False
    if is_known("".join(parts)) and not all(is_known(part) for part in parts):
        return True
    return any(len(part) == 1 for part in parts)
