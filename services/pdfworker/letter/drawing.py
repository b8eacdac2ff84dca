"""What a page shows, before it is written: rules, runs of text at their places, and what each part is.

Lengths are CSS pixels from the left and the top of the page. Called by `first_page` and `sheets`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from services.pdfworker.letter import lengths
from services.pdfworker.letter.paragraphs import SetLine, Style, set_paragraph
from services.pdfworker.letter.shaping import Run, get_face

# Attributes of structure elements (ISO 32000-1, 14.8.5.7).
CELL, ROW_HEADER, COLUMN_HEADER = ("<</O/Table>>", "<</O/Table/Scope/Row>>", "<</O/Table/Scope/Column>>")


def add_spans(attributes: str, *, columns: int = 1, rows: int = 1) -> str:
    """Return the attributes of a cell that spans several columns or rows."""
    spans = f"{f'/ColSpan {columns}' * (columns > 1)}{f'/RowSpan {rows}' * (rows > 1)}"
    return f"{attributes[:-2]}{spans}>>"


class PlacedText(NamedTuple):
    """A run on a page: the left end of its base line."""

    x: float
    y: float
    run: Run
    weight: int
    size: float


class Rule(NamedTuple):
    """A filled rectangle: a horizontal rule."""

    x: float
    y: float
    width: float
    height: float
    shade: float


@dataclass(slots=True)
class Node:
    """A structure element: it has kids, or else text, or else it is a picture."""

    tag: str
    attributes: str = ""
    kids: list["Node"] = field(default_factory=list)
    text: Sequence[PlacedText] = ()
    alternative: str = ""

    def collect_text(self, text: list[PlacedText]) -> None:
        """Add the runs of a node and of those below it to a list."""
        text += self.text
        for kid in self.kids:
            kid.collect_text(text)


class Bookmark(NamedTuple):
    """An entry of the outline: its title, the height on its page, and whether it is below a table's."""

    title: str
    top: float
    is_nested: bool = False


@dataclass
class Drawing:
    """A page: what is read, what is not (`artifacts`), and the place of its QR code."""

    is_wide: bool = False
    # Whether the page goes on with the first one, which has more than fits.
    is_continued: bool = False
    rules: list[Rule] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    artifacts: list[Node] = field(default_factory=list)
    qr_place: tuple[float, float] = (0, 0)
    bookmarks: list[Bookmark] = field(default_factory=list)

    @property
    def size(self) -> tuple[float, float]:
        """The width and the height of the page."""
        size = (lengths.PAGE_WIDTH, lengths.PAGE_HEIGHT)
        return size[::-1] if self.is_wide else size

    def collect_text(self) -> Sequence[PlacedText]:
        """Return the runs of the page."""
        text: list[PlacedText] = []
        for node in (*self.nodes, *self.artifacts):
            node.collect_text(text)
        return text


class Block(NamedTuple):
    """Where a paragraph stands: its right end, its top, its width, and the height of its lines."""

    right: float
    top: float
    width: float
    line_height: float
    is_centred: bool = False


@cache
def compute_base_line(weight: int, size: float, line_height: float) -> float:
    """Return the distance from the top of a line to its base line."""
    face = get_face(weight)
    above = (line_height - (face.ascent + face.descent) * size) / 2
    base_line: float = above + face.ascent * size
    return base_line


def place_lines(lines: Sequence[SetLine], block: Block, style: Style) -> list[PlacedText]:
    """Return the runs of lines at their places in a block."""
    y = block.top + compute_base_line(style.weight, style.size, block.line_height)
    placed = []
    for runs, width in lines:
        left = block.right - (block.width + width) / 2 if block.is_centred else block.right - width
        placed += [PlacedText(left + x, y, run, weight, size) for x, run, weight, size in runs]
        y += block.line_height
    return placed


def draw_text(
    text: str, style: Style, block: Block, tag: str = "P", attributes: str = ""
) -> tuple[Node, float]:
    """Return a paragraph as a node, and its height. Raises Unsettable."""
    lines = set_paragraph(text, style, block.width)
    node = Node(tag, attributes, text=place_lines(lines, block, style))
    return node, len(lines) * block.line_height


def draw_rule(x: float, top: float, width: float, height: float, colour: str = "#000") -> Rule:
    """Return a rule of a colour such as ``#999``."""
    return Rule(x, top, width, height, lengths.read_shade(colour))
