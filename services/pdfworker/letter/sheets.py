"""Pages of a table: its rows in groups that stay together, with the heading rows on each page.

Called by `table_sheets`. Lengths are CSS pixels from the left and the top of the page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from services.pdfworker.letter import lengths, words
from services.pdfworker.letter.drawing import (
    CELL,
    Block,
    Bookmark,
    Drawing,
    Node,
    draw_rule,
    draw_text,
    place_lines,
)
from services.pdfworker.letter.first_page import draw_margin
from services.pdfworker.letter.paragraphs import Style, set_paragraph
from services.pdfworker.letter.shaping import BOLD, REGULAR

_ROUNDING = 0.01
FOOTNOTE = Style(REGULAR, lengths.TABLE_SIZE)


class Column(NamedTuple):
    """Where the text of a column stands: its right end and its width."""

    right: float
    width: float


class Border(NamedTuple):
    """A rule above or below a row."""

    height: float
    colour: str = "#000"


THIN, GREY, THICK = (
    Border(lengths.THIN),
    Border(lengths.THIN, lengths.ROW_GREY),
    Border(lengths.THICK),
)
NO_BORDER = Border(0)


class Cell(NamedTuple):
    """A cell of a row."""

    text: str
    column: Column
    weight: int = REGULAR
    tag: str = "TD"
    attributes: str = CELL
    can_break_words: bool = False


class RowStyle(NamedTuple):
    """How the cells of a row are set."""

    size: float
    padding_top: float
    padding_bottom: float
    above: Border = NO_BORDER
    below: Border = NO_BORDER
    is_head: bool = False

    @property
    def line_height(self) -> float:
        """The height of a line."""
        return self.size * lengths.TABLE_LINE_HEIGHT


class Row:
    """A row whose lines are set; heads stand at the bottom of their cells."""

    def __init__(self, cells: Sequence[Cell], style: RowStyle) -> None:
        self.style, self.cells = style, cells
        self._lines = [
            set_paragraph(
                cell.text,
                Style(cell.weight, style.size, is_tabular=True),
                cell.column.width,
                can_break_words=cell.can_break_words,
            )
            if cell.text
            else ()
            for cell in cells
        ]
        self._count = max(map(len, self._lines), default=1)
        self.height = (
            self._count * style.line_height
            + style.padding_top
            + style.padding_bottom
            + style.above.height
            + style.below.height
        )

    def draw(self, sheet: "Drawing", top: float, bounds: tuple[float, float]) -> Node:
        """Draw the borders between the bounds, and return the row as a node."""
        style, (left, width) = self.style, bounds
        for border, y in ((style.above, top), (style.below, top + self.height - style.below.height)):
            if border.height:
                sheet.rules.append(draw_rule(left, y, width, border.height, border.colour))
        y = top + style.above.height + style.padding_top
        row = Node("TR")
        for cell, lines in zip(self.cells, self._lines, strict=True):
            drop = (self._count - len(lines)) * style.line_height if style.is_head else 0
            block = Block(cell.column.right, y + drop, cell.column.width, style.line_height)
            text = place_lines(lines, block, Style(cell.weight, style.size))
            row.kids.append(Node(cell.tag, cell.attributes, text=text))
        return row


class Head(NamedTuple):
    """Heading rows: their height, and what draws them from a top on."""

    height: float
    draw: Callable[[Drawing, float], list[Node]]


@dataclass(frozen=True, eq=False)
class Part:
    """A table of its own within the section, with or without heading rows."""

    head: Head | None


class Item(NamedTuple):
    """Something of a group: a row of a part, or else a footnote; with the gap before it on the same page.

    `bookmark` is its title in the outline.
    """

    row: Row | None = None
    part: Part | None = None
    note: str = ""
    gap: float = 0
    bookmark: str = ""


@dataclass
class Sheets:
    """The pages of a table's section; `add` fills them from the first on."""

    number: str
    title: str
    is_wide: bool = False
    is_test: bool = False
    pages: list[Drawing] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.side = lengths.WIDE_SIDE if self.is_wide else lengths.PAGE_SIDE
        page_width, page_height = Drawing(self.is_wide).size
        self.right, self.width = page_width - self.side, page_width - 2 * self.side
        self._bottom = page_height - lengths.PAGE_BOTTOM
        self._open_page()

    def add(self, group: Sequence[Item]) -> None:
        """Add what stays on one page if it fits on one. Raises Unsettable."""
        if not self._is_at_top and self._top + self._measure(group) > self._bottom + _ROUNDING:
            self._open_page()
        for item in group:
            if not self._is_at_top and self._top + self._measure([item]) > self._bottom + _ROUNDING:
                self._open_page()
            self._draw(item)

    def _measure(self, group: Sequence[Item]) -> float:
        part, height = self._part, 0.0
        for item in group:
            height += item.gap
            if item.row is None:
                height += self._measure_note(item.note)
                continue
            height += item.row.height
            if item.part is not part:
                part = item.part
                height += part.head.height if part and part.head else 0
        return height

    def _measure_note(self, note: str) -> float:
        return len(set_paragraph(note, FOOTNOTE, self.width)) * FOOTNOTE.size * lengths.FOOTNOTE_LINE_HEIGHT

    def _open_page(self) -> None:
        drawing = Drawing(self.is_wide)
        self._section = Node("Sect")
        drawing.nodes.append(self._section)
        continued = f"{words.CONTINUED} {self.number}" if self.pages else ""
        draw_margin(drawing, continued=continued, is_test=self.is_test)
        if not self.pages:
            style = Style(BOLD, lengths.TITLE_SIZE)
            top = lengths.PAGE_TOP - lengths.TITLE_RISE
            block = Block(self.right, top, self.width, lengths.TITLE_HEIGHT)
            heading = f"{self.number}. {self.title}"
            title, _ = draw_text(heading, style, block, "H2")
            drawing.bookmarks.append(Bookmark(heading, top))
            self._section.kids.append(title)
        self.pages.append(drawing)
        self._drawing, self._top, self._is_at_top = drawing, float(lengths.PAGE_TOP), True
        self._part: Part | None = None

    def _draw(self, item: Item) -> None:
        if not self._is_at_top:
            self._top += item.gap
        if item.bookmark:
            self._drawing.bookmarks.append(Bookmark(item.bookmark, self._top, is_nested=True))
        if item.row is None:
            self._draw_note(item.note)
        else:
            if item.part is not self._part:
                self._begin_part(item.part)
            self._body.kids.append(item.row.draw(self._drawing, self._top, (self.side, self.width)))
            self._top += item.row.height
        self._is_at_top = False

    def _begin_part(self, part: Part | None) -> None:
        self._part, self._body = part, Node("TBody")
        table = Node("Table", kids=[self._body])
        if part and part.head:
            table.kids.insert(0, Node("THead", kids=part.head.draw(self._drawing, self._top)))
            self._top += part.head.height
        self._section.kids.append(table)

    def _draw_note(self, note: str) -> None:
        line_height = FOOTNOTE.size * lengths.FOOTNOTE_LINE_HEIGHT
        block = Block(self.right, self._top, self.width, line_height)
        node, height = draw_text(note, FOOTNOTE, block)
        self._section.kids.append(node)
        self._top += height


def build_columns(right: float, widths: Sequence[float], end_space: float) -> list[Column]:
    """Return columns side by side from the right, with `end_space` to the left of each text."""
    columns = []
    for width in widths:
        columns.append(Column(right - lengths.CELL_SIDE, width - lengths.CELL_SIDE - end_space))
        right -= width
    return columns


def merge_columns(columns: Sequence[Column]) -> Column:
    """Return the column of a cell that spans several."""
    first, last = columns[0], columns[-1]
    return Column(first.right, first.right - (last.right - last.width))


def build_head(rows: Sequence[Row], bounds: tuple[float, float]) -> Head:
    """Return heading rows below each other."""

    def draw(drawing: Drawing, top: float) -> list[Node]:
        nodes = []
        for row in rows:
            nodes.append(row.draw(drawing, top, bounds))
            top += row.height
        return nodes

    return Head(sum(row.height for row in rows), draw)
