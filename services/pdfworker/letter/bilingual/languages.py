"""Marks the language of each text in the structure of a bilingual PDF. Called when WeasyPrint has written it.

WeasyPrint 70 writes the language of the document only. It creates the element of each text in the order of
its boxes, so both lists are walked side by side.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pydyf
from weasyprint.formatting_structure import boxes
from weasyprint.layout.absolute import AbsolutePlaceholder

LANGUAGE = "fa"


class LanguagesUnmarked(RuntimeError):
    """The texts of the PDF's structure are not those of the pages: WeasyPrint works in another way."""


@dataclass(frozen=True)
class LanguageMarker:
    """Finishes a letter after it has marked the texts in another language than Persian."""

    finish: Callable[[Any, pydyf.PDF], None]

    def __call__(self, document: Any, pdf: pydyf.PDF) -> None:
        """Mark the languages, then finish the document; WeasyPrint defines the arguments."""
        mark_languages(document, pdf)
        self.finish(document, pdf)


def mark_languages(document: Any, pdf: pydyf.PDF) -> None:
    """Set /Lang of each text in another language. Raises LanguagesUnmarked."""
    texts = [box for page in document.pages for box in _iterate_texts(page._page_box)]
    spans = [
        element
        for element in pdf.objects
        if isinstance(element, dict)
        and element.get("Type") == "/StructElem"
        and element["S"] == "/Span"
        and len(element["K"]) == 1
        and isinstance(element["K"][0], int)
    ]
    if len(texts) != len(spans):
        raise LanguagesUnmarked(f"{len(texts)} texts, {len(spans)} elements")
    for box, span in zip(texts, spans, strict=True):
        if box.style["lang"] not in {None, LANGUAGE}:
            span["Lang"] = pydyf.String(box.style["lang"])


def _iterate_texts(box: Any) -> Iterator[Any]:
    """Yield the texts of a box in the order in which WeasyPrint creates their elements."""
    if isinstance(box, AbsolutePlaceholder):
        box = box._box
    for child in getattr(box, "children", ()):
        if isinstance(child, boxes.TextBox):
            yield child
        else:
            yield from _iterate_texts(child)
