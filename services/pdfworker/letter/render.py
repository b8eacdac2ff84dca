"""From a request's snapshot to the bytes of its letter, before signing. Called by the worker's task."""

import gc
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from weasyprint import CSS, HTML

from services.pdfworker.letter.fetcher import DataOnlyFetcher
from services.pdfworker.letter.finish import Finish
from services.pdfworker.letter.font_configuration import font_configuration
from services.pdfworker.letter.page import Look, page_of
from services.pdfworker.letter.qr import qr_url
from services.pdfworker.letter.statement import check
from services.pdfworker.letter.tables import MONTH_NAMES, tables_of

FOLDER = Path(__file__).parent


class LetterResourceDenied(RuntimeError):
    """The letter asked for something outside itself, say an emblem with a link in it."""

    code = "letter-resource-denied"


@dataclass(frozen=True)
class RenderedLetter:
    """An unsigned letter: the same input always gives the same bytes."""

    pdf: bytes
    pages: int


class LetterHTML(HTML):  # type: ignore[misc] # WeasyPrint is untyped
    """A letter's HTML under a style sheet of the letter's own instead of WeasyPrint's for all of HTML.

    WeasyPrint's has six rules for pseudo-elements of every element, such as ::footnote-call; computing them
    takes a tenth of a letter's time. Were the hook gone, letters would be slower and look the same.
    """

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return [_stylesheet("base.css")]


def render_letter(
    letter: Mapping[str, Any], statement: Mapping[str, Any], look: Look, qr_text: str
) -> RenderedLetter:
    """Return the letter of a claim's `letter` and `statement` as printed for one organisation's look.

    It is PDF/A-3a and PDF/UA-1, has the statement in it as JSON, and on every page `qr_text` as a QR code.
    Raises LetterInputInvalid and QrTextTooLong (no retry helps), LetterResourceDenied, EmblemInvalid,
    FontsMissing, and OSError when the emblem cannot be read.
    """
    snapshot = check(letter, statement)
    page = page_of(snapshot, look, qr_url(qr_text))
    html = (
        _template_environment()
        .get_template("letter.html")
        .render(page=page, tables=tables_of(snapshot), month_names=MONTH_NAMES)
    )
    finish = Finish(
        title=page.title,
        author=page.organisation,
        issued_at=snapshot.letter.issued_at,
        statement=json.dumps(statement, ensure_ascii=False, sort_keys=True, indent=1).encode(),
        metadata=_template_environment().get_template("metadata.xml"),
    )
    with _collecting_later():
        return _draw(html, finish, test_mode=look.test_mode)


def warm_up() -> None:
    """Load what all letters of a process need, and spare the garbage collector looking through it again."""
    font_configuration()
    _draw("<html lang=fa><p>نامه", None, test_mode=False)
    gc.collect()
    gc.freeze()


def _draw(html: str, finish: Finish | None, *, test_mode: bool) -> RenderedLetter:
    styles = [_stylesheet("letter.css"), *([_stylesheet("test-mode.css")] if test_mode else [])]
    fetcher = DataOnlyFetcher()
    document = LetterHTML(string=html, url_fetcher=fetcher).render(font_configuration(), stylesheets=styles)
    pdf = document.write_pdf(pdf_variant="pdf/a-3a", pdf_tags=True, pdf_identifier=False, finisher=finish)
    if fetcher.denied:
        raise LetterResourceDenied(
            "نامه چیزی از بیرون خود می‌خواهد / the letter asks for something outside itself"
        )
    return RenderedLetter(_identified(pdf), len(document.pages))


@contextmanager
def _collecting_later() -> Iterator[None]:
    """Collect garbage once after the letter and not time and again while it grows: a tenth of its time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
        gc.collect()


def _identified(pdf: bytes) -> bytes:
    """Return the PDF with the identifier that PDF/A asks for in its trailer, the last object of the file.

    WeasyPrint's own would have every object put into bytes a second time.
    """
    before, trailer, after = pdf.rpartition(b"/Type /XRef")
    identifier = hashlib.sha256(pdf).hexdigest()[:32].encode()
    return b"".join((before, trailer, b"/ID [<%s><%s>]" % (identifier, identifier), after))


@cache
def _template_environment() -> Environment:
    return Environment(
        loader=PackageLoader("services.pdfworker.letter"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _stylesheet(name: str) -> CSS:
    return CSS(
        string=(FOLDER / name).read_text(), font_config=font_configuration(), url_fetcher=DataOnlyFetcher()
    )
