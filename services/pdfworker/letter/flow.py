"""The end of the first page: its notes and the signature, which go on to another page if they do not fit.

Pages end as WeasyPrint ends them: at least two lines of a note stay together, and the signature stays with
the end of the last note. Called by `first_page`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from services.pdfworker.letter import lengths, words
from services.pdfworker.letter.drawing import Block, Drawing, Node, place_lines
from services.pdfworker.letter.page import Page
from services.pdfworker.letter.paragraphs import SetLine, Style, set_paragraph
from services.pdfworker.letter.shaping import BOLD, REGULAR, Unsettable

RIGHT = lengths.PAGE_WIDTH - lengths.PAGE_SIDE
WIDTH = lengths.PAGE_WIDTH - 2 * lengths.PAGE_SIDE
BOTTOM = lengths.PAGE_HEIGHT - lengths.PAGE_BOTTOM
NOTE = Style(REGULAR, lengths.NOTE_SIZE)
_LINE = lengths.NOTE_SIZE * lengths.LINE_HEIGHT
# Lines of a paragraph that stay together at the end and at the start of a page.
_TOGETHER = 2
_ROUNDING = 0.01


@dataclass
class _Part:
    """Lines of a note on one page."""

    top: float
    lines: Sequence[SetLine]

    @property
    def bottom(self) -> float:
        """The lower end of the last line."""
        return self.top + len(self.lines) * _LINE


@dataclass
class _Sheet:
    """The parts of notes on one page, from `top` on."""

    top: float
    parts: list[_Part] = field(default_factory=list)

    @property
    def next_top(self) -> float:
        """Where the next note begins."""
        return self.parts[-1].bottom + lengths.NOTE_GAP if self.parts else self.top


class _Signature(NamedTuple):
    """The lines of the signature: each text, its style and the gap above it."""

    lines: Sequence[tuple[Sequence[SetLine], Style, float]]

    @property
    def height(self) -> float:
        """The height of all lines and gaps."""
        return sum(gap + len(lines) * style.size * lengths.LINE_HEIGHT for lines, style, gap in self.lines)


def draw_end(first: Drawing, page: Page, top: float) -> Sequence[Drawing]:
    """Draw the notes and the signature from a top on, and return the further pages. Raises Unsettable."""
    sheets = _break_notes([set_paragraph(note, NOTE, WIDTH) for note in page.notes], top)
    signature = _set_signature(page)
    if _compute_signature_top(sheets[-1]) + signature.height > BOTTOM:
        _keep_end(sheets)
        if _compute_signature_top(sheets[-1]) + signature.height > BOTTOM:
            raise Unsettable("the signature is higher than a page")
    drawings = [first, *(Drawing(is_continued=True) for _ in sheets[1:])]
    for drawing, sheet in zip(drawings, sheets, strict=True):
        for part in sheet.parts:
            block = Block(RIGHT, part.top, WIDTH, _LINE)
            drawing.nodes.append(Node("P", text=place_lines(part.lines, block, NOTE)))
    _draw_signature(drawings[-1], signature, _compute_signature_top(sheets[-1]))
    return drawings[1:]


def _break_notes(notes: Sequence[Sequence[SetLine]], top: float) -> list[_Sheet]:
    """Return the pages of notes, of which the first begins at a top."""
    sheets = [_Sheet(top)]
    for note in notes:
        lines = note
        while lines:
            begin = sheets[-1].next_top
            fitting = int((BOTTOM - begin + _ROUNDING) / _LINE)
            if fitting < len(lines):
                fitting = min(fitting, len(lines) - _TOGETHER)
                fitting = fitting if fitting >= _TOGETHER else 0
            if fitting:
                sheets[-1].parts.append(_Part(begin, lines[:fitting]))
                lines = lines[fitting:]
            if lines:
                if not fitting and not sheets[-1].parts and len(sheets) > 1:
                    raise Unsettable("a note does not fit a page")
                sheets.append(_Sheet(lengths.PAGE_TOP))
    return sheets


def _keep_end(sheets: list[_Sheet]) -> None:
    """Move the end of the last note to the page of the signature."""
    parts, following = sheets[-1].parts, _Sheet(lengths.PAGE_TOP)
    last = parts[-1]
    if len(last.lines) >= 2 * _TOGETHER:
        following.parts.append(_Part(following.top, last.lines[-_TOGETHER:]))
        last.lines = last.lines[:-_TOGETHER]
    elif len(parts) > 1:
        following.parts.append(_Part(following.top, last.lines))
        parts.pop()
    sheets.append(following)


def _compute_signature_top(sheet: _Sheet) -> float:
    # The margin of the last note and that of the signature overlap; at the top of a page it is left out.
    return sheet.parts[-1].bottom + lengths.SIGNATURE_TOP if sheet.parts else sheet.top


def _set_signature(page: Page) -> _Signature:
    bold, note = Style(BOLD, lengths.TEXT_SIZE), Style(REGULAR, lengths.ELECTRONIC_SIZE)
    texts = (
        (page.unit, bold, 0.0),
        (page.organisation, bold, 0.0),
        (words.SIGNED_NOTE, note, lengths.ELECTRONIC_GAP),
    )
    return _Signature(
        [(set_paragraph(text, style, lengths.SIGNATURE_WIDTH), style, gap) for text, style, gap in texts]
    )


def _draw_signature(drawing: Drawing, signature: _Signature, top: float) -> None:
    right, width, nodes = RIGHT - lengths.SIGNATURE_RIGHT, lengths.SIGNATURE_WIDTH, []
    for lines, style, gap in signature.lines:
        top += gap
        block = Block(right, top, width, style.size * lengths.LINE_HEIGHT, is_centred=True)
        nodes.append(Node("P", text=place_lines(lines, block, style)))
        top += len(lines) * block.line_height
    drawing.nodes.append(Node("Div", kids=nodes))
