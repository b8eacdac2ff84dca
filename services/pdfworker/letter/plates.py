"""A letter on plates: WeasyPrint lays out the empty pages once a process, and writes each letter on them.

What fills the pages is set by `first_page` and `table_sheets`, and added to WeasyPrint's pages before they
are written. So fonts, pages and colour profile are WeasyPrint's, as on the HTML path. Called by `render`.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import pydyf
from markupsafe import Markup
from weasyprint import CSS, HTML

from services.pdfworker.letter import lengths
from services.pdfworker.letter.drawing import Drawing
from services.pdfworker.letter.fetcher import DataOnlyFetcher
from services.pdfworker.letter.finish import Completion
from services.pdfworker.letter.first_page import draw_first_page, draw_foot, draw_margin
from services.pdfworker.letter.font_configuration import get_font_configuration
from services.pdfworker.letter.outline import add_outline
from services.pdfworker.letter.page import Page
from services.pdfworker.letter.qr import QrCode
from services.pdfworker.letter.table_sheets import draw_table
from services.pdfworker.letter.tables import Table
from services.pdfworker.letter.tagging import QR_NAME, PageWriter
from services.pdfworker.letter.writer import resolve_reference, set_writer

_STYLE = """
@page { size: A4; margin: 0 }
@page wide { size: A4 landscape }
html { font-family: Vazirmatn }
body, p { margin: 0 }
.emblem { display: block; margin: ${PAGE_TOP} ${PAGE_SIDE} 0 0 }
.emblem { width: ${EMBLEM_SIDE}; height: ${EMBLEM_SIDE} }
div { height: 1mm; break-before: page }
.wide { page: wide }
"""
_PLATES = Markup(
    '<html lang="fa" dir="rtl"><title>نامه</title><img class="emblem" src="{}" alt="{}"><div></div>'
    '<div class="wide"></div>'
)
_FONT_SPECIMEN = "<html lang=fa dir=rtl><p>نامه <b>نامه</b>"


class PlatesUnusable(RuntimeError):
    """WeasyPrint did not lay out the plates as expected."""


def draw_letter(page: Page, tables: Sequence[Table], *, is_test: bool) -> Sequence[Drawing]:
    """Return the pages of a letter. Raises Unsettable."""
    first = draw_first_page(page)
    for drawing in first:
        draw_margin(drawing, is_test=is_test)
    drawings = [*first, *(drawing for table in tables for drawing in draw_table(table, is_test=is_test))]
    for number, drawing in enumerate(drawings, start=1):
        draw_foot(drawing, page, number, len(drawings))
    return drawings


def write_letter(drawings: Sequence[Drawing], page: Page, qr: QrCode, completion: Completion) -> bytes:
    """Return the PDF of a letter's pages."""
    first, body, wide = _lay_out_plates(page.emblem, f"نشان {page.organisation}")
    pages = [first.pages[0], *(wide if drawing.is_wide else body for drawing in drawings[1:])]
    document = first.copy(pages)
    finisher = _Finisher(drawings, qr, _add_fonts(document, drawings), completion)
    pdf: bytes = document.write_pdf(
        pdf_variant="pdf/a-3a", pdf_tags=True, pdf_identifier=False, finisher=finisher
    )
    return pdf


@lru_cache(maxsize=4)
def _lay_out_plates(emblem: str, description: str) -> tuple[Any, Any, Any]:
    """Return a document whose first page has the emblem, and the other pages: portrait and landscape."""
    document = HTML(string=_PLATES.format(emblem, description), url_fetcher=DataOnlyFetcher()).render(
        get_font_configuration(), stylesheets=[_load_style()]
    )
    if len(document.pages) != 3:
        raise PlatesUnusable(f"{len(document.pages)} plates")
    return document, document.pages[1], document.pages[2]


@cache
def _load_style() -> CSS:
    return CSS(string=lengths.fill_in(_STYLE), font_config=get_font_configuration())


@cache
def _load_fonts() -> dict[Any, Any]:
    """Return WeasyPrint's fonts of both weights by their keys, made once."""
    document = HTML(string=_FONT_SPECIMEN).render(get_font_configuration(), stylesheets=[_load_style()])
    document.write_pdf()
    return dict(document.fonts)


def _add_fonts(document: Any, drawings: Sequence[Drawing]) -> dict[int, str]:
    """Add the fonts of the runs to a document, with their glyphs; return their names by weight."""
    # In the order of the pages, which is that of any other letter with the same words.
    used = dict.fromkeys(
        [(weight, run) for drawing in drawings for _, _, run, weight, _ in drawing.collect_text()]
    )
    fonts = {}
    for key, original in _load_fonts().items():
        font = copy.copy(original)
        font.widths, font.to_unicode, font.missing, font.variations = {}, {}, {}, {}
        document.fonts[key] = fonts[font.weight] = font
    for weight, run in used:
        font = fonts[weight]
        for glyph in run.glyphs:
            font.widths[glyph.index] = glyph.width
            font.to_unicode.setdefault(glyph.index, glyph.text)
    return {weight: font.hash for weight, font in fonts.items()}


@dataclass(frozen=True)
class _Finisher:
    """Fills the pages of a document before it is written; WeasyPrint calls it."""

    drawings: Sequence[Drawing]
    qr: QrCode
    font_names: dict[int, str]
    completion: Completion

    def __call__(self, _document: object, pdf: pydyf.PDF) -> None:
        """Add the operators and structure elements of each page, then what every letter has."""
        root = resolve_reference(pdf, pdf.catalog["StructTreeRoot"])
        document = resolve_reference(pdf, root["K"][0])
        numbers = resolve_reference(pdf, root["ParentTree"])["Nums"]
        emblem = next(kid for kid in document["K"] if resolve_reference(pdf, kid)["S"] == "/Figure")
        kids = pydyf.Array([emblem])
        for number, (drawing, reference) in enumerate(zip(self.drawings, pdf.page_references, strict=True)):
            owners = numbers[2 * number + 1]
            writer = PageWriter(pdf, reference.decode("ascii"), self.font_names, owners)
            operators, elements = writer.write(drawing, document.reference.decode("ascii"))
            page = resolve_reference(pdf, reference)
            resolve_reference(pdf, page["Contents"]).stream.append(operators)
            kids.extend(elements)
            # Faster than a list, of which pydyf would look at each item.
            numbers[2 * number + 1] = b"[%s]" % b" ".join(owners)
        for kid in document["K"]:
            if kid != emblem:
                resolve_reference(pdf, kid).free = "f"
        document["K"] = kids
        add_outline(pdf, self.drawings)
        self._add_qr(pdf)
        self.completion.apply(pdf)
        set_writer(pdf)

    def _add_qr(self, pdf: pydyf.PDF) -> None:
        picture = pydyf.Stream(
            [self.qr.rows],
            {
                "Type": "/XObject",
                "Subtype": "/Image",
                "Width": self.qr.side,
                "Height": self.qr.side,
                "ColorSpace": "/DeviceGray",
                "BitsPerComponent": 1,
            },
            compress=True,
        )
        pdf.add_object(picture)
        page = resolve_reference(pdf, pdf.page_references[0])
        resolve_reference(pdf, page["Resources"])["XObject"][QR_NAME] = picture.reference
