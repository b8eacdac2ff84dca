"""From a request's snapshot to the bytes of its letter, before signing. Called by the worker's task."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from weasyprint import CSS, HTML

from services.pdfworker.letter.fetcher import DataOnlyFetcher
from services.pdfworker.letter.fonts import font_configuration
from services.pdfworker.letter.page import Look, page_of
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


def render_letter(letter: Mapping[str, Any], statement: Mapping[str, Any], look: Look) -> RenderedLetter:
    """Return the letter of a claim's `letter` and `statement` as printed for one organisation's look.

    Raises LetterInputInvalid (no retry helps), LetterResourceDenied, FontsMissing, and OSError when the
    emblem cannot be read.
    """
    snapshot = check(letter, statement)
    html = (
        _template_environment()
        .get_template("letter.html")
        .render(page=page_of(snapshot, look), tables=tables_of(snapshot), month_names=MONTH_NAMES)
    )
    styles = [_stylesheet("letter.css"), *([_stylesheet("test-mode.css")] if look.test_mode else [])]
    fetcher = DataOnlyFetcher()
    document = HTML(string=html, url_fetcher=fetcher).render(font_configuration(), stylesheets=styles)
    rendered = RenderedLetter(document.write_pdf(), len(document.pages))
    if fetcher.denied:
        raise LetterResourceDenied(
            "نامه چیزی از بیرون خود می‌خواهد / the letter asks for something outside itself"
        )
    return rendered


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
