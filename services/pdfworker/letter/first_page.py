"""The first page of a letter and the foot of each page, as drawings. Called by `plates`.

The look is that of `letter.css`, the order that of `letter.html`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.kit.text import to_persian_digits
from services.pdfworker.letter import lengths, words
from services.pdfworker.letter.drawing import (
    CELL,
    COLUMN_HEADER,
    ROW_HEADER,
    Block,
    Bookmark,
    Drawing,
    Node,
    add_spans,
    draw_rule,
    draw_text,
    place_lines,
)
from services.pdfworker.letter.flow import BOTTOM, RIGHT, WIDTH, draw_end
from services.pdfworker.letter.page import Fact, Page
from services.pdfworker.letter.paragraphs import Style, set_paragraph
from services.pdfworker.letter.shaping import BOLD, REGULAR, Unsettable


@dataclass
class _Column:
    """Paragraphs below each other, from `top` on."""

    drawing: Drawing
    top: float

    def add(self, text: str, style: Style, tag: str = "P") -> None:
        block = Block(RIGHT, self.top, WIDTH, style.size * lengths.LINE_HEIGHT)
        node, height = draw_text(text, style, block, tag)
        self.drawing.nodes.append(node)
        self.top += height


def draw_first_page(page: Page) -> Sequence[Drawing]:
    """Return the first page without its foot, and those on which it goes on. Raises Unsettable."""
    drawing = Drawing()
    _draw_header(drawing, page)
    body = Style(REGULAR, lengths.TEXT_SIZE)
    column = _Column(drawing, lengths.PAGE_TOP + lengths.HEADER_HEIGHT + lengths.THICK + lengths.HEADER_GAP)
    drawing.bookmarks.append(Bookmark(words.SUBJECT, column.top))
    column.add(words.SUBJECT, Style(BOLD, lengths.HEADING_SIZE), "H1")
    column.top += lengths.HEADING_GAP
    column.add(words.ADDRESSEE, Style(BOLD, lengths.TEXT_SIZE))
    for text in (words.SALUTATION, page.sentence):
        column.top += lengths.BODY_GAP
        column.add(text, body)
    column.top += lengths.FACTS_TOP
    column.top = _draw_facts(drawing, page, column.top) + lengths.FACTS_BOTTOM
    if column.top > BOTTOM:
        raise Unsettable("the facts do not fit the first page")
    return [drawing, *draw_end(drawing, page, column.top)]


def _draw_header(drawing: Drawing, page: Page) -> None:
    top = lengths.PAGE_TOP
    rule_left = lengths.PAGE_SIDE
    drawing.rules.append(draw_rule(rule_left, top + lengths.HEADER_HEIGHT, WIDTH, lengths.THICK))
    y, nodes = top + lengths.ISSUER_TOP, []
    for text, style in (
        (page.organisation, Style(BOLD, lengths.ORGANISATION_SIZE)),
        (page.unit, Style(REGULAR, lengths.UNIT_SIZE)),
    ):
        block = Block(RIGHT - lengths.ISSUER_RIGHT, y, lengths.ISSUER_WIDTH, style.size * lengths.LINE_HEIGHT)
        node, height = draw_text(text, style, block)
        nodes.append(node)
        y += height
    drawing.nodes += [Node("Div", kids=nodes), _draw_numbers(page, top + lengths.NUMBERS_TOP)]


def _draw_numbers(page: Page, top: float) -> Node:
    style = Style(REGULAR, lengths.NUMBERS_SIZE)
    line_height = lengths.NUMBERS_SIZE * lengths.NUMBERS_LINE_HEIGHT
    right = lengths.PAGE_SIDE + lengths.NUMBERS_WIDTH
    width = lengths.NUMBERS_WIDTH - lengths.NUMBERS_LABEL
    rows = []
    for label, value in (
        (words.SERIAL, page.serial),
        (words.TRACKING_NUMBER, page.tracking_number),
        (words.ISSUED_ON, page.issued_on),
        (words.ATTACHMENT, words.ATTACHED),
    ):
        header = Block(right, top, lengths.NUMBERS_LABEL, line_height)
        cell = Block(right - lengths.NUMBERS_LABEL, top, width, line_height)
        th, label_height = draw_text(label, style, header, "TH", ROW_HEADER)
        td, value_height = draw_text(value, style, cell, "TD", CELL)
        rows.append(Node("TR", kids=[th, td]))
        top += max(label_height, value_height)
    return Node("Table", kids=rows)


def _draw_facts(drawing: Drawing, page: Page, top: float) -> float:
    """Draw the box of facts and return where it ends."""
    size, padding = lengths.FACTS_SIZE, lengths.FACTS_PADDING
    line_height = size * lengths.LINE_HEIGHT
    halves = (
        (RIGHT, lengths.FACTS_LABEL + lengths.FACTS_PERSON),
        (
            RIGHT - lengths.FACTS_LABEL - lengths.FACTS_PERSON,
            WIDTH - lengths.FACTS_LABEL - lengths.FACTS_PERSON,
        ),
    )
    headings = []
    for (right, width), text in zip(halves, (words.PERSON_FACTS, words.RECORD_FACTS), strict=True):
        block = Block(right, top + padding, width, line_height)
        attributes = add_spans(COLUMN_HEADER, columns=2)
        headings.append(draw_text(text, Style(BOLD, size), block, "TH", attributes)[0])
    top += line_height + 2 * padding
    drawing.rules.append(draw_rule(lengths.PAGE_SIDE, top, WIDTH, lengths.THICK))
    top += lengths.THICK
    rows = []
    for facts in page.facts:
        row, height = _draw_row_of_facts(facts, top + padding)
        rows.append(row)
        top += height + 2 * padding
        drawing.rules.append(draw_rule(lengths.PAGE_SIDE, top, WIDTH, lengths.THIN, lengths.FACT_GREY))
        top += lengths.THIN
    kids = [Node("THead", kids=[Node("TR", kids=headings)]), Node("TBody", kids=rows)]
    drawing.nodes.append(Node("Table", kids=kids))
    return top


def _draw_row_of_facts(facts: tuple[Fact, Fact], top: float) -> tuple[Node, float]:
    """Return two facts side by side as a row, and its height."""
    style, line_height = Style(REGULAR, lengths.FACTS_SIZE), lengths.FACTS_SIZE * lengths.LINE_HEIGHT
    widths = (lengths.FACTS_LABEL, lengths.FACTS_PERSON, lengths.FACTS_SHORT)
    cells, right, heights = list[Node](), RIGHT, [line_height]
    halves = (
        (lengths.FACTS_LABEL, lengths.FACTS_PERSON, lengths.FACTS_SPACE),
        (lengths.FACTS_SHORT, WIDTH - sum(widths), 0),
    )
    for fact, (label_width, value_width, space) in zip(facts, halves, strict=True):
        if fact.label:
            label = Block(right, top, label_width, line_height)
            value = Block(right - label_width, top, value_width - space, line_height)
            for text, block, tag, attributes in (
                (fact.label, label, "TH", ROW_HEADER),
                (fact.value, value, "TD", CELL),
            ):
                node, height = draw_text(text, style, block, tag, attributes)
                cells.append(node)
                heights.append(height)
        else:
            cells.append(Node("TD", add_spans(CELL, columns=2)))
        right -= label_width + value_width
    return Node("TR", kids=cells), max(heights)


def draw_foot(drawing: Drawing, page: Page, number: int, pages: int) -> None:
    """Add the foot to a page: its number, the QR code's place, and how to check the letter.

    The foot of the first page is read, that of the others is not.
    """
    side = lengths.WIDE_SIDE if drawing.is_wide else lengths.PAGE_SIDE
    page_width, page_height = drawing.size
    top, right = page_height - lengths.PAGE_BOTTOM, page_width - side
    drawing.rules.append(draw_rule(side, top, page_width - 2 * side, lengths.THIN, lengths.FACT_GREY))
    top += lengths.THIN + lengths.FOOT_TOP
    drawing.qr_place = (side, top)
    texts = (
        (
            f"صفحه {to_persian_digits(number)} از {to_persian_digits(pages)} · شماره سریال {page.serial}",
            Style(BOLD, lengths.FOOT_SIZE),
        ),
        (page.how_to_check, Style(REGULAR, lengths.FOOT_SIZE)),
    )
    nodes = [] if number > 1 else [Node("Figure", alternative=page.qr_alt)]
    for text, style in texts:
        block = Block(
            right,
            top,
            page_width - 2 * side - lengths.FOOT_INDENT,
            lengths.FOOT_SIZE * lengths.LINE_HEIGHT,
        )
        node, height = draw_text(text, style, block)
        nodes.append(node)
        top += height + lengths.FOOT_GAP
    if number == 1:
        drawing.nodes.append(Node("Div", kids=nodes))
    else:
        drawing.artifacts += nodes


def draw_margin(drawing: Drawing, *, continued: str = "", is_test: bool = False) -> None:
    """Add what stands above the text of a page: «ادامه جدول», and the notice of test letters."""
    for text, size, is_left in (
        (continued, lengths.CONTINUED_SIZE, False),
        (words.TEST_NOTICE if is_test else "", lengths.NOTICE_SIZE, True),
    ):
        if not text:
            continue
        side = lengths.WIDE_SIDE if drawing.is_wide else lengths.PAGE_SIDE
        page_width, _ = drawing.size
        style, line_height = Style(BOLD, size), size * lengths.LINE_HEIGHT
        top = lengths.PAGE_TOP - lengths.MARGIN_GAP - line_height
        (line,) = set_paragraph(text, style, page_width)
        right = side + line.width if is_left else page_width - side
        block = Block(right, top, line.width, line_height)
        drawing.artifacts.append(Node("P", text=place_lines([line], block, style)))
