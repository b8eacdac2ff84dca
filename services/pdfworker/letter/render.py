"""Renders the snapshot of a request as an unsigned PDF. Called by the task."""

import gc
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from weasyprint import CSS, HTML

from services.pdfworker.letter import lengths
from services.pdfworker.letter.fetcher import DataOnlyFetcher
from services.pdfworker.letter.finish import Finisher
from services.pdfworker.letter.font_configuration import get_font_configuration
from services.pdfworker.letter.garbage import GarbageSchedule
from services.pdfworker.letter.page import Letterhead, build_page
from services.pdfworker.letter.qr import encode_qr, write_png
from services.pdfworker.letter.statement import parse_snapshot
from services.pdfworker.letter.tables import MONTH_NAMES, build_tables
from services.pdfworker.signing.place import SignaturePlace

FOLDER = Path(__file__).parent
_GARBAGE = GarbageSchedule()


class LetterResourceDenied(RuntimeError):
    """The letter requested an external resource, for example by a link in the emblem."""

    code = "letter-resource-denied"


@dataclass(frozen=True)
class RenderedLetter:
    """An unsigned letter; the same input always gives the same bytes."""

    pdf: bytes
    pages: int


class LetterHTML(HTML):  # type: ignore[misc] # WeasyPrint is untyped
    """HTML with the base style sheet of letters instead of WeasyPrint's, which covers all of HTML.

    WeasyPrint's has six rules for pseudo-elements of every element, such as ::footnote-call. Computing them
    takes a tenth of a letter's time. Without this hook letters would be slower and look the same.
    """

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return [_load_stylesheet("base.css")]


def render_letter(
    letter: Mapping[str, Any],
    statement: Mapping[str, Any],
    letterhead: Letterhead,
    qr_text: str,
    signature: SignaturePlace | None = None,
) -> RenderedLetter:
    """Return the letter of a claim's `letter` and `statement`, printed with an organisation's letterhead.

    It is PDF/A-3a and PDF/UA-1, has the statement attached as JSON, on every page `qr_text` as a QR code, and
    the place of a signature if one is given.
    Raises LetterInputInvalid and QrTextTooLong, which no retry helps, LetterResourceDenied, EmblemInvalid,
    FontsMissing, and OSError if the emblem cannot be read.
    """
    snapshot = parse_snapshot(letter, statement)
    page = build_page(snapshot, letterhead, write_png(encode_qr(qr_text)))
    html = (
        _load_templates()
        .get_template("letter.html")
        .render(page=page, tables=build_tables(snapshot), month_names=MONTH_NAMES)
    )
    finisher = Finisher(
        title=page.title,
        author=page.organisation,
        issued_at=snapshot.letter.issued_at,
        # With an indent it would be written by Python's slow encoder.
        statement=json.dumps(statement, ensure_ascii=False, sort_keys=True).encode(),
        metadata=_load_templates().get_template("metadata.xml"),
        signature=signature,
    )
    with _GARBAGE.defer():
        rendered = _write_pdf(html, finisher, test_mode=letterhead.test_mode)
        _GARBAGE.count_pages(rendered.pages)
        return rendered


def warm_up() -> None:
    """Load what all letters of a process need, and exclude it from garbage collection."""
    get_font_configuration()
    _write_pdf("<html lang=fa><p>نامه", None, test_mode=False)
    gc.collect()
    gc.freeze()


def _write_pdf(html: str, finisher: Finisher | None, *, test_mode: bool) -> RenderedLetter:
    styles = [_load_stylesheet("letter.css"), *([_load_stylesheet("test-mode.css")] if test_mode else [])]
    fetcher = DataOnlyFetcher()
    document = LetterHTML(string=html, url_fetcher=fetcher).render(
        get_font_configuration(), stylesheets=styles
    )
    pdf = document.write_pdf(pdf_variant="pdf/a-3a", pdf_tags=True, pdf_identifier=False, finisher=finisher)
    if fetcher.is_denied:
        raise LetterResourceDenied(
            "نامه چیزی از بیرون خود می‌خواهد / the letter requests an external resource"
        )
    return RenderedLetter(_add_identifier(pdf), len(document.pages))


def _add_identifier(pdf: bytes) -> bytes:
    """Return the PDF with the identifier that PDF/A requires in its trailer, the last object of the file.

    With its own identifier WeasyPrint would serialise every object a second time.
    """
    before, trailer, after = pdf.rpartition(b"/Type /XRef")
    identifier = hashlib.sha256(pdf).hexdigest()[:32].encode()
    return b"".join((before, trailer, b"/ID [<%s><%s>]" % (identifier, identifier), after))


@cache
def _load_templates() -> Environment:
    return Environment(
        loader=PackageLoader("services.pdfworker.letter"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _load_stylesheet(name: str) -> CSS:
    return CSS(
        string=lengths.fill_in((FOLDER / name).read_text()),
        font_config=get_font_configuration(),
        url_fetcher=DataOnlyFetcher(),
    )
