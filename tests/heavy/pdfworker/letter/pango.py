"""How Pango sets a line, seen through WeasyPrint: the reference for the setter of letters."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from markupsafe import escape
from weasyprint import CSS, HTML
from weasyprint.formatting_structure import boxes
from weasyprint.text.ffi import FROM_UNITS, ffi, pango

from services.pdfworker.letter.font_configuration import get_font_configuration

SIZE = 10.0
STYLE = """
@page { size: 60000px 100px; margin: 0 }
html { font: 10px/1.5 Vazirmatn; direction: rtl }
body, p { margin: 0 }
p { white-space: nowrap; break-after: page }
.tabular { font-family: Vazirmatn Tabular }
"""


class PangoLine(NamedTuple):
    """A line: its glyphs from left to right, and its width in ems."""

    glyphs: Sequence[int]
    width: float


def set_with_pango(texts: Sequence[str], *, is_tabular: bool = False) -> list[PangoLine]:
    """Return each text as a line, in right-to-left paragraphs."""
    kind = " class=tabular" if is_tabular else ""
    html = "".join(f"<p{kind}>{escape(text)}</p>" for text in texts)
    document = HTML(string=f"<html lang=fa>{html}").render(
        get_font_configuration(), stylesheets=[CSS(string=STYLE, font_config=get_font_configuration())]
    )
    lines = [_read_box(box) for page in document.pages for box in _iterate_texts(page._page_box)]
    assert len(lines) == len(texts)
    return lines


def _iterate_texts(box: Any) -> Iterator[Any]:
    if isinstance(box, boxes.TextBox):
        yield box
    for child in getattr(box, "children", ()):
        yield from _iterate_texts(child)


def _read_box(box: Any) -> PangoLine:
    layout = box.pango_layout
    layout.reactivate(box.style)
    line, _ = layout.get_first_line()
    glyphs, width, run = [], 0.0, line.runs[0]
    while run != ffi.NULL:
        string = run.data.glyphs
        for glyph in string.glyphs[0 : string.num_glyphs]:
            if glyph.glyph != pango.PANGO_GLYPH_EMPTY:
                glyphs.append(int(glyph.glyph))
            width += glyph.geometry.width * FROM_UNITS
        run = run.next
    layout.deactivate()
    return PangoLine(glyphs, width / SIZE)
