"""Makes WeasyPrint's document a PDF/A-3a and PDF/UA-1 file before it is written. Called by `render`.

WeasyPrint passes the whole document as Python objects (`finisher=` of write_pdf), so nothing is read or
written twice. It lacks these parts of the two profiles: metadata that names both, the scope of header cells,
page margins that are either read or marked as artifacts, and the letters that lines of glyphs lose.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import pydyf
from jinja2 import Template

from services.pdfworker.letter.attachment import attach_statement
from services.pdfworker.letter.lost_letters import add_lost_letters
from services.pdfworker.letter.writer import resolve_reference, set_writer

CELLS_WITH_HEADERS = ("/TD", "/TH")


class Addition(Protocol):
    """What adds itself to a document: the place of a signature."""

    def add_to(self, pdf: pydyf.PDF) -> None:
        """Add it to a document whose pages are all there."""


@dataclass(frozen=True)
class Completion:
    """Adds the title, metadata and statement of a letter, and the place of its signature, to its pages."""

    title: str
    author: str
    issued_at: datetime
    statement: bytes
    metadata: Template
    signature: Addition | None = None

    def apply(self, pdf: pydyf.PDF) -> None:
        """Complete a document whose pages are all there."""
        attach_statement(pdf, self.statement, self.issued_at)
        _write_metadata(pdf, self)
        if self.signature:
            self.signature.add_to(pdf)


@dataclass(frozen=True)
class HtmlFinisher:
    """Finishes the pages that WeasyPrint has laid out; WeasyPrint calls it before it writes them."""

    completion: Completion

    def __call__(self, document: Any, pdf: pydyf.PDF) -> None:
        """Finish the document; WeasyPrint defines the arguments."""
        add_lost_letters(document.fonts, pdf)
        _set_header_scopes(pdf)
        _order_margins(pdf)
        self.completion.apply(pdf)
        set_writer(pdf)


def _set_header_scopes(pdf: pydyf.PDF) -> None:
    """Set the scope of every header cell, which replaces WeasyPrint's long lists of header ids."""
    for element in _iterate_elements(pdf):
        if element["S"] in CELLS_WITH_HEADERS:
            # WeasyPrint before 70 gives attributes to cells that span others only.
            attributes = element.setdefault("A", pydyf.Dictionary({"O": "/Table"}))
            attributes.pop("Headers", None)
            element.pop("ID", None)
        if element["S"] == "/TH":
            group = resolve_reference(pdf, resolve_reference(pdf, element["P"])["P"])
            attributes["Scope"] = "/Column" if group["S"] == "/THead" else "/Row"


def _order_margins(pdf: pydyf.PDF) -> None:
    """Put the foot of the first page at the end of its reading order, and mark other margins as artifacts.

    WeasyPrint tags the content of margins, but leaves it out of the reading order.
    """
    root = resolve_reference(pdf, pdf.catalog["StructTreeRoot"])
    document = resolve_reference(pdf, root["K"][0])
    numbers = resolve_reference(pdf, root["ParentTree"])["Nums"]
    first_page = pdf.page_references[0]
    foot = [
        element.reference
        for element in _iterate_elements(pdf)
        if element["P"] == root["K"][0]
        and element["Pg"] == first_page
        and element.reference not in document["K"]
    ]
    of_first_page = [kid for kid in document["K"] if resolve_reference(pdf, kid)["Pg"] == first_page]
    document["K"][len(of_first_page) : len(of_first_page)] = foot
    reachable = set(_iterate_descendants(pdf, root))
    for page, owners in zip(pdf.page_references, numbers[1::2], strict=True):
        unread = {index for index, owner in enumerate(owners) if owner not in reachable}
        for index in unread:
            owners[index] = "null"
        stream = resolve_reference(pdf, resolve_reference(pdf, page)["Contents"]).stream
        for position, token in enumerate(stream):
            if isinstance(token, pydyf.Dictionary) and token.get("MCID") in unread:
                stream[position - 1 : position + 1] = ["/Artifact", "<</Type /Pagination>>"]


def _write_metadata(pdf: pydyf.PDF, completion: Completion) -> None:
    """Replace WeasyPrint's metadata by one that names both profiles; the information dictionary agrees."""
    created = completion.issued_at.astimezone(UTC)
    pdf.info.update(
        Title=pydyf.String(completion.title),
        Author=pydyf.String(completion.author),
        CreationDate=pydyf.String(f"D:{created:%Y%m%d%H%M%S}Z"),
    )
    metadata = resolve_reference(pdf, pdf.catalog["Metadata"])
    packet = completion.metadata.render(
        title=completion.title,
        author=completion.author,
        created=f"{created:%Y-%m-%dT%H:%M:%S}Z",
        producer=pdf.info["Producer"].string,
    )
    # Readable without any PDF software.
    metadata.stream, metadata.compress = [packet.encode()], False


def _iterate_elements(pdf: pydyf.PDF) -> Iterator[pydyf.Dictionary]:
    return (o for o in pdf.objects if isinstance(o, dict) and o.get("Type") == "/StructElem")


def _iterate_descendants(pdf: pydyf.PDF, element: pydyf.Dictionary) -> Iterator[bytes]:
    """Yield the references of the structure elements below an element."""
    for kid in element["K"]:
        if isinstance(kid, bytes):
            yield kid
            yield from _iterate_descendants(pdf, resolve_reference(pdf, kid))
