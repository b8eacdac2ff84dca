"""The English of a letter and the variables of its template. Called by `render` and `html_path`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment

from services.kit.text import normalise_digits
from services.pdfworker.letter.bilingual import figures, words
from services.pdfworker.letter.bilingual.page import EnglishPage, build_english_page
from services.pdfworker.letter.bilingual.tables import BilingualTable, add_english
from services.pdfworker.letter.page import Letterhead, Page
from services.pdfworker.letter.statement import Snapshot
from services.pdfworker.letter.tables import MONTH_NAMES, Table

LANGUAGE = "fa-en"
STYLE_SHEET = "bilingual/letter.css"
TEMPLATE = "bilingual/letter.html"
# As many rows of wages take about 25 seconds of CPU, well below the time limit of a task. A year of months
# takes as long as three of them.
MAX_BILINGUAL_ROWS, ROWS_OF_YEAR = 3_000, 3


@dataclass(frozen=True)
class English:
    """What stands beside the Persian of a letter."""

    title: str
    page: EnglishPage
    tables: Sequence[BilingualTable]

    @property
    def variables(self) -> Mapping[str, Any]:
        """Return the variables of the template that are not those of a Persian letter."""
        return {
            "english": self.page,
            "tables": self.tables,
            "words": words,
            "month_names": MONTH_NAMES,
            "month_names_en": figures.JALALI_MONTHS,
        }


def build_english(
    snapshot: Snapshot, letterhead: Letterhead, page: Page, tables: Sequence[Table]
) -> English | None:
    """Return the English of a bilingual letter, or None for a Persian one."""
    if snapshot.letter.language != LANGUAGE:
        return None
    english = build_english_page(snapshot, letterhead, page)
    return English(f"{page.title} / {english.title}", english, add_english(snapshot, tables))


def add_filters(templates: Environment) -> None:
    """Add the filters of the bilingual templates: figures in Latin digits, and the days of a year."""
    templates.filters["latin"] = figures.to_latin_figure
    templates.filters["year_span"] = lambda year: figures.format_year_span(int(normalise_digits(year)))
