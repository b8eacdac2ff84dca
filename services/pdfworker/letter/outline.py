"""The outline of a letter on plates: its subject, its tables, and below these their years or workshops.

On the HTML path WeasyPrint writes the same one. Called by `plates`.
"""

from collections.abc import Sequence

import pydyf

from services.pdfworker.letter.drawing import Drawing
from services.pdfworker.letter.writer import RawObject

_POINTS = 72 / 96  # of a pixel
Entry = tuple[str, str]


def add_outline(pdf: pydyf.PDF, drawings: Sequence[Drawing]) -> None:
    """Add the bookmarks of pages to a document (ISO 32000-1, 12.3.3). Those of a table are closed."""
    entries: list[tuple[Entry, list[Entry]]] = []
    for drawing, page in zip(drawings, pdf.page_references, strict=True):
        _, height = drawing.size
        for title, top, is_nested in drawing.bookmarks:
            destination = f"[{page.decode('ascii')}/XYZ 0 {(height - top) * _POINTS:.2f} 0]"
            entry = (title, destination)
            if is_nested:
                entries[-1][1].append(entry)
            else:
                entries.append((entry, []))
    outline = _add_object(pdf)
    references = _add_level(pdf, outline, entries)
    outline.data = (
        f"<</Type/Outlines/Count {len(entries)}/First {references[0]}/Last {references[-1]}>>".encode("ascii")
    )
    pdf.catalog["Outlines"] = outline.reference


def _add_level(
    pdf: pydyf.PDF, parent: RawObject, entries: Sequence[tuple[Entry, Sequence[Entry]]]
) -> Sequence[str]:
    """Add entries below a parent and return their references."""
    items = [_add_object(pdf) for _ in entries]
    references = [f"{item.number} 0 R" for item in items]
    before, after = ["", *references[:-1]], [*references[1:], ""]
    for item, ((title, destination), nested), previous, following in zip(
        items, entries, before, after, strict=True
    ):
        more = f"/Prev {previous}" if previous else ""
        more += f"/Next {following}" if following else ""
        if nested:
            below = _add_level(pdf, item, [(entry, ()) for entry in nested])
            more += f"/Count {-len(below)}/First {below[0]}/Last {below[-1]}"
        name = title.encode("utf-16-be").hex()
        parts = f"<</Title<feff{name}>/Parent {parent.number} 0 R/Dest{destination}{more}>>"
        item.data = parts.encode("ascii")
    return references


def _add_object(pdf: pydyf.PDF) -> RawObject:
    item = RawObject()
    pdf.add_object(item)
    return item
