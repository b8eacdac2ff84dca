"""The letter as one HTML document: the reference for its look, and the way of what plates cannot take.

WeasyPrint lays out every box of it, which takes about fifteen times as long. Called by `render`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import structlog
from jinja2 import Environment, PackageLoader, StrictUndefined
from weasyprint import CSS, HTML

from services.pdfworker.letter import lengths, words
from services.pdfworker.letter.bilingual import letters as bilingual
from services.pdfworker.letter.bilingual.languages import LanguageMarker
from services.pdfworker.letter.fetcher import DataOnlyFetcher
from services.pdfworker.letter.figures import drop_markup
from services.pdfworker.letter.finish import Completion, HtmlFinisher
from services.pdfworker.letter.font_configuration import get_font_configuration
from services.pdfworker.letter.lost_letters import LetterFonts
from services.pdfworker.letter.page import Page
from services.pdfworker.letter.qr import QrCode, write_png
from services.pdfworker.letter.tables import MONTH_NAMES, Table

FOLDER = Path(__file__).parent


@dataclass
class HtmlState:
    """Whether WeasyPrint works with the base style sheet of letters in this process."""

    can_replace_styles: bool = True


STATE = HtmlState()
# Of plates and HTML, or of what they assume of WeasyPrint. Time limits and lack of memory are not among them.
FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
log = structlog.get_logger()


class LetterResourceDenied(RuntimeError):
    """The letter requested an external resource, for example by a link in the emblem."""

    code = "letter-resource-denied"


class LetterHTML(HTML):  # type: ignore[misc] # WeasyPrint is untyped
    """HTML with the base style sheet of letters instead of WeasyPrint's, which covers all of HTML.

    WeasyPrint's has six rules for pseudo-elements of every element, such as ::footnote-call. Computing them
    takes a tenth of a letter's time. Without this hook letters would be slower and look the same.
    """

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return [_load_stylesheet("base.css")]


def write_html_letter(
    page: Page,
    tables: Sequence[Table],
    qr: QrCode,
    completion: Completion,
    *,
    is_test: bool,
    english: bilingual.English | None = None,
) -> tuple[bytes, int]:
    """Return the PDF of a letter and the number of its pages. Raises LetterResourceDenied.

    With `english` the letter is bilingual.
    """
    variables = {"page": page, "tables": tables, "month_names": MONTH_NAMES, "words": words}
    template, finisher = "letter.html", HtmlFinisher(completion)
    if english:
        template, variables = bilingual.TEMPLATE, {**variables, **english.variables}
    html = load_templates().get_template(template).render(qr=write_png(qr), **variables)
    chosen = {"letter.css": True, bilingual.STYLE_SHEET: english, "test-mode.css": is_test}
    styles = [_load_stylesheet(name) for name, is_chosen in chosen.items() if is_chosen]
    chosen_finisher = LanguageMarker(finisher) if english else finisher
    if STATE.can_replace_styles:
        try:
            return _write(LetterHTML, html, styles, chosen_finisher)
        except LetterResourceDenied:
            raise
        except FAULTS as error:
            log.error("letter.styles-unusable", reason=type(error).__name__)  # noqa: TRY400 -- may quote names
    written = _write(HTML, html, styles, chosen_finisher)
    # WeasyPrint works in another way, not this letter.
    STATE.can_replace_styles = False
    return written


def _write(
    document_type: type[HTML], html: str, styles: Sequence[CSS], finisher: HtmlFinisher | LanguageMarker
) -> tuple[bytes, int]:
    fetcher = DataOnlyFetcher()
    document = document_type(string=html, url_fetcher=fetcher).render(
        get_font_configuration(), stylesheets=styles
    )
    document.fonts = LetterFonts(document.fonts)
    pdf = document.write_pdf(pdf_variant="pdf/a-3a", pdf_tags=True, pdf_identifier=False, finisher=finisher)
    if fetcher.is_denied:
        raise LetterResourceDenied(
            "نامه چیزی از بیرون خود می‌خواهد / the letter requests an external resource"
        )
    return pdf, len(document.pages)


@cache
def load_templates() -> Environment:
    """Return the templates of letters."""
    templates = Environment(
        loader=PackageLoader("services.pdfworker.letter"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["drop_markup"] = drop_markup
    bilingual.add_filters(templates)
    return templates


@cache
def _load_stylesheet(name: str) -> CSS:
    return CSS(
        string=lengths.fill_in((FOLDER / name).read_text()),
        font_config=get_font_configuration(),
        url_fetcher=DataOnlyFetcher(),
    )
