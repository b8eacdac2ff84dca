"""Breaks text into lines of a width, as Pango and WeasyPrint do. Called by `drawing` and `sheets`."""

import html
import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import NamedTuple

from markupsafe import Markup

from services.kit.text import ZWNJ
from services.pdfworker.letter.bidi import list_breaks
from services.pdfworker.letter.lengths import SMALL_SIZE
from services.pdfworker.letter.setter import BOLD, REMEMBERED_TEXTS, Line, set_line
from services.pdfworker.letter.shaping import Run, Unsettable

_TAG = re.compile(r"<(/?)(bdi|b|small)\b[^>]*>")
# In such text a line may end after spaces only.
_SPACES_ONLY = re.compile(
    "[\u0621-\u063a\u0641-\u064a\u067e\u0686\u0698\u06a9\u06af\u06c0\u06cc\u200c \u00a0۰-۹،٬]*"
)
_LETTERS_ONLY = re.compile(r"[\w\u200c …،.]*")
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u20d0-\u20f0"
)
_LONE_MARK = re.compile(rf"(?<![^\W\d_{_MARKS}])(?<![{_MARKS}])[{_MARKS}]")
# Widths are rounded: Pango counts 1024 units a pixel.
_ROUNDING = 0.01


class Piece(NamedTuple):
    """A text of one style: bold or not, small or not, an isolated left-to-right part (`bdi`) or not."""

    text: str
    is_bold: bool = False
    is_small: bool = False
    is_isolated: bool = False


Pieces = Sequence[Piece]


class PlacedRun(NamedTuple):
    """A run in a line of text: its distance in pixels from the left end of the line."""

    x: float
    run: Run
    weight: int
    size: float


class SetLine(NamedTuple):
    """A line of a paragraph, in the order in which it is read, and its width in pixels."""

    runs: Sequence[PlacedRun]
    width: float


class Style(NamedTuple):
    """How a paragraph is set: weight and size of its text, in figures of one width or not."""

    weight: int
    size: float
    is_tabular: bool = False


# Whether text is set that WeasyPrint may set otherwise. For letters that nothing else can set.
_IS_LENIENT = ContextVar("is_lenient", default=False)


@contextmanager
def set_anything() -> Iterator[None]:
    """Set all text of a letter, also such as the HTML path would break into other lines."""
    token = _IS_LENIENT.set(True)
    try:
        yield
    finally:
        _IS_LENIENT.reset(token)


def split_markup(text: str) -> Sequence[Piece]:
    """Return the pieces of a text, which has tags only if it is Markup."""
    if not isinstance(text, Markup):
        return [Piece(text)] if text else []
    pieces, at, depth = [], 0, {"b": 0, "small": 0, "bdi": 0}
    for match in [*_TAG.finditer(text), None]:
        part = html.unescape(str(text[at : match.start() if match else len(text)]))
        if part:
            pieces.append(Piece(part, bool(depth["b"]), bool(depth["small"]), bool(depth["bdi"])))
        if match:
            depth[match[2]] += -1 if match[1] else 1
            at = match.end()
    return pieces


def set_paragraph(
    text: str, style: Style, width: float, *, can_break_words: bool = True
) -> Sequence[SetLine]:
    """Return the lines of a paragraph; a word longer than a line is broken anywhere if it may be.

    Raises Unsettable.
    """
    # Markup equals the plain text with the same characters.
    return _set_text(text, isinstance(text, Markup), style, width, can_break_words, _IS_LENIENT.get())


@lru_cache(maxsize=REMEMBERED_TEXTS)
def _set_text(
    text: str, _is_markup: bool, style: Style, width: float, can_break_words: bool, is_lenient: bool
) -> tuple[SetLine, ...]:
    pieces = split_markup(text)
    if not is_lenient:
        _require_carried_marks(pieces)
    if len(pieces) == 1 and not pieces[0].is_isolated and _measure(pieces, style) <= width + _ROUNDING:
        return (_join(pieces, style),)
    lines = _break(_split_words(pieces), style, width, can_break_words, is_lenient)
    return tuple(_join(line, style) for line in lines)


def count_remembered() -> int:
    """Return the number of texts whose lines are remembered."""
    return _set_text.cache_info().currsize


def _break(
    words: Sequence[Pieces], style: Style, width: float, can_break_words: bool, is_lenient: bool
) -> Iterator[Pieces]:
    """Yield the lines into which words are broken, the first that fit before others."""
    line: list[Piece] = []
    used = 0.0
    for word in words:
        rest, bare = word, _measure(_strip_end(word), style)
        if line and used + bare > width + _ROUNDING:
            if not is_lenient:
                _require_plain_end(line[-1])
            yield _strip_end(line)
            line, used = [], 0.0
        while can_break_words and not line and bare > width + _ROUNDING:
            for piece in () if is_lenient else rest:
                _require_plain(piece)
            start, rest = _split_word(rest, style, width)
            yield start
            bare = _measure(_strip_end(rest), style)
        line += rest
        used += _measure(rest, style)
    if line:
        yield _strip_end(line)


def _require_carried_marks(pieces: Pieces) -> None:
    """Raise Unsettable for a mark that no letter carries: Pango may draw a circle below it."""
    if any(_LONE_MARK.search(piece.text) for piece in pieces):
        raise Unsettable("a mark stands on no letter")


def _require_plain_end(piece: Piece) -> None:
    """Raise Unsettable for a line that ends within a word: WeasyPrint breaks some of them elsewhere."""
    if not piece.text.endswith(" ") and not piece.is_isolated:
        raise Unsettable("a line ends within a word")


def _require_plain(piece: Piece) -> None:
    """Raise Unsettable for a word that is longer than a line and has more than letters and digits."""
    if not _LETTERS_ONLY.fullmatch(piece.text):
        raise Unsettable("a long word has more than letters")


def _split_words(pieces: Pieces) -> Sequence[Pieces]:
    """Return the parts of a text between which a line may end, each with the spaces after it."""
    text = "".join(piece.text for piece in pieces)
    if _SPACES_ONLY.fullmatch(text):
        places = [match.end() for match in re.finditer(" +", text)]
    else:
        places = list(list_breaks(text))
    words, word, at = list[Pieces](), list[Piece](), 0
    for piece in pieces:
        cuts = [place - at for place in places if at < place < at + len(piece.text)]
        for start, end in itertools.pairwise([0, *cuts, len(piece.text)]):
            word.append(piece._replace(text=piece.text[start:end]))
            if at + end in places:
                words.append(word)
                word = []
        at += len(piece.text)
    return [*words, word] if word else words


def _split_word(word: Pieces, style: Style, width: float) -> tuple[Pieces, Pieces]:
    """Return as much of a word as fits into a line, at least a character, and the rest."""
    count = len("".join(piece.text for piece in word))
    fitting = 1
    low, high = 1, count - 1
    while low <= high:
        middle = (low + high) // 2
        if _measure(_cut(word, 0, middle), style) <= width + _ROUNDING:
            fitting, low = middle, middle + 1
        else:
            high = middle - 1
    text = "".join(piece.text for piece in word)
    while fitting > 1 and (unicodedata.combining(text[fitting]) or text[fitting] == ZWNJ):
        fitting -= 1
    return _cut(word, 0, fitting), _cut(word, fitting, count)


def _cut(pieces: Pieces, start: int, end: int) -> Pieces:
    """Return the characters from start to end of pieces."""
    parts, at = [], 0
    for piece in pieces:
        part = piece.text[max(start - at, 0) : max(end - at, 0)]
        if part:
            parts.append(piece._replace(text=part))
        at += len(piece.text)
    return parts


def _strip_end(pieces: Pieces) -> Pieces:
    """Return pieces without the spaces at their end."""
    stripped = list(pieces)
    while stripped:
        last = stripped[-1]
        text = last.text.rstrip(" ")
        if text == last.text:
            break
        stripped[-1:] = [last._replace(text=text)] if text else []
    return stripped


def _measure(pieces: Pieces, style: Style) -> float:
    """Return the width in pixels of pieces side by side."""
    return sum(_set_piece(piece, style).width * _compute_size(piece, style) for piece in pieces)


def _set_piece(piece: Piece, style: Style) -> Line:
    weight = BOLD if piece.is_bold else style.weight
    return set_line(piece.text, weight, is_tabular=style.is_tabular, is_rtl=not piece.is_isolated)


def _compute_size(piece: Piece, style: Style) -> float:
    return style.size * SMALL_SIZE if piece.is_small else style.size


def _join(pieces: Pieces, style: Style) -> SetLine:
    """Return pieces as one line. Each stands to the left of the one before."""
    merged: list[Piece] = []
    for piece in pieces:
        if merged and merged[-1][1:] == piece[1:]:
            merged[-1] = piece._replace(text=merged[-1].text + piece.text)
        else:
            merged.append(piece)
    parts = [
        (_set_piece(piece, style), BOLD if piece.is_bold else style.weight, _compute_size(piece, style))
        for piece in merged
    ]
    width = sum(line.width * size for line, _, size in parts)
    left, runs = width, []
    for line, weight, size in parts:
        left -= line.width * size
        runs += [PlacedRun(left + x * size, run, weight, size) for x, run in line.runs]
    return SetLine(tuple(runs), width)
