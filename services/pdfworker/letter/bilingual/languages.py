"""Marks the language of each text in the structure of a bilingual PDF. Called when WeasyPrint has written it.

WeasyPrint writes the language of the document only. The language of a text follows from its letters, which
are read from the pages, so that it does not matter in which order WeasyPrint makes its elements.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pydyf
import structlog

from services.pdfworker.letter.finish import HtmlFinisher
from services.pdfworker.letter.lost_letters import iterate_glyphs, read_font
from services.pdfworker.letter.writer import resolve_reference

ENGLISH = "en"
_LATIN = re.compile("[A-Za-z0-9]")
_PERSIAN = re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]")
log = structlog.get_logger()

Characters = Mapping[int, str]


@dataclass(frozen=True)
class LanguageMarker:
    """Finishes a letter after it has marked the texts in another language than Persian."""

    finish: HtmlFinisher

    def __call__(self, document: Any, pdf: pydyf.PDF) -> None:
        """Mark the languages, then finish the document; WeasyPrint defines the arguments."""
        # A letter whose English is read with a Persian voice is better than none.
        try:
            mark_languages(document.fonts, pdf)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            log.error("letter.languages-unmarked", reason=type(error).__name__)  # noqa: TRY400 -- may quote
        self.finish(document, pdf)


def mark_languages(fonts: Mapping[Any, Any], pdf: pydyf.PDF) -> None:
    """Set /Lang of each text of Latin letters or digits."""
    characters = {font.hash: font.to_unicode for font in fonts.values()}
    root = resolve_reference(pdf, pdf.catalog["StructTreeRoot"])
    numbers = resolve_reference(pdf, root["ParentTree"])["Nums"]
    for page, owners in zip(pdf.page_references, numbers[1::2], strict=True):
        stream = resolve_reference(pdf, resolve_reference(pdf, page)["Contents"]).stream
        for number, text in _iterate_texts(stream, characters):
            if _LATIN.search(text) and not _PERSIAN.search(text):
                resolve_reference(pdf, owners[number])["Lang"] = pydyf.String(ENGLISH)


def _iterate_texts(stream: list[Any], fonts: Mapping[str, Characters]) -> Iterator[tuple[int, str]]:
    """Yield the number of each marked content of a page, and its text."""
    number, text = None, ""
    characters: Characters = {}
    for token in stream:
        if isinstance(token, pydyf.Dictionary) and "MCID" in token:
            number, text = token["MCID"], ""
        elif not isinstance(token, bytes):
            continue
        elif token == b"EMC":
            if number is not None:
                yield number, text
            number = None
        elif font := read_font(token):
            characters = fonts.get(font, {})
        elif number is not None:
            text += "".join(characters.get(glyph, "") for glyph in iterate_glyphs(token))
