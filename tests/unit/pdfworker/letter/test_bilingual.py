"""English figures, dates and transliterations of a bilingual letter."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from markupsafe import Markup

from services.kit.jalali import JalaliMonth
from services.pdfworker.letter.bilingual import figures, words
from services.pdfworker.letter.bilingual.page import build_english_page
from services.pdfworker.letter.bilingual.tables import add_english
from services.pdfworker.letter.bilingual.transliteration import convert_to_latin
from services.pdfworker.letter.page import build_page
from services.pdfworker.letter.statement import Duration, LetterInputInvalid, parse_snapshot
from services.pdfworker.letter.tables import build_tables
from services.pdfworker.letter.wage_rows import WagesOfYear
from tests.unit.pdfworker.letters import LETTERHEAD, build_bilingual_statement, build_objections_statement
from tests.unit.pdfworker.statements import build_letter, build_person, build_statement


@pytest.mark.parametrize(
    ("persian", "latin"),
    [
        ("شرکت مهندسی آفتاب شرق", "Sherkat Mohandesi Aftab Shargh"),
        ("کارگاه تولیدی نمونه", "Kargah Towlidi Nemuneh"),
        ("احمدی‌نژاد", "Ahmadi-Nejad"),
        ("ورزش", "Vrzsh"),
        ("یوسف", "Yusf"),
        ("نوید", "Nvid"),
        ("مُحَمَّد", "Mohammad"),
        ("شرکت (سهامی) ABC، واحد ۳/۲", "Sherkat (Sahami) ABC, Vahed 3/2"),
        ("", ""),
        ("Zahra", "Zahra"),
    ],
)
def test_name_is_transliterated(persian: str, latin: str) -> None:
    assert convert_to_latin(persian) == latin


def test_every_letter_of_persian_has_a_transliteration() -> None:
    alphabet = "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیءئؤأ"
    assert all(convert_to_latin(f"ب{letter}").isascii() for letter in alphabet)
    assert not [letter for letter in alphabet if len(convert_to_latin(f"ب{letter}")) < 2]


@pytest.mark.parametrize(
    ("month", "span"),
    [
        ((1402, 1), "21 Mar – 20 Apr 2023"),
        ((1402, 10), "22 Dec 2023 – 20 Jan 2024"),
        ((1403, 12), "19 Feb – 20 Mar 2025"),  # a leap year
        ((1404, 1), "21 Mar – 20 Apr 2025"),
    ],
)
def test_month_has_its_gregorian_days(month: tuple[int, int], span: str) -> None:
    assert figures.format_month_span(JalaliMonth(*month)).replace("\u00a0", " ") == span


def test_days_are_in_both_calendars() -> None:
    assert figures.format_day(date(1981, 5, 1)).replace("\u00a0", " ") == "11 Ordibehesht 1360 (1 May 1981)"
    # In Tehran it is the next day.
    moment = datetime(2026, 11, 22, 20, 45, tzinfo=UTC)
    assert figures.format_moment(moment).replace("\u00a0", " ") == "2 Azar 1405 (23 November 2026) at 00:15"


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((12, 8, 2), "12 years, 8 months and 2 days"),
        ((1, 0, 1), "1 year and 1 day"),
        ((0, 1, 0), "1 month"),
        ((0, 0, 0), "0 days"),
    ],
)
def test_duration_is_written_out(parts: tuple[int, int, int], text: str) -> None:
    duration = Duration(years=parts[0], months=parts[1], days=parts[2])
    assert figures.format_duration(duration).replace("\u00a0", " ") == text


def test_figure_keeps_its_marks_and_its_escaping() -> None:
    assert figures.to_latin_figure("۱٬۲۳۴") == "1,234"
    marked = figures.to_latin_figure(Markup("۳۱<small>(۱،۲)</small>"))
    assert marked == Markup("31<small>(1,2)</small>")
    assert isinstance(marked, Markup)
    assert not isinstance(figures.to_latin_figure("<b>"), Markup)


@pytest.mark.parametrize("build", [build_bilingual_statement, build_objections_statement])
def test_each_footnote_and_workshop_has_its_english(build: Callable[[], dict[str, Any]]) -> None:
    snapshot = parse_snapshot(build_letter(language="fa-en"), build())
    for bilingual in add_english(snapshot, build_tables(snapshot)):
        assert len(bilingual.footnotes) == len(bilingual.table.footnotes)
        assert not any(re.search("[\u0621-\u06cc۰-۹]", note) for note in bilingual.footnotes)
        if bilingual.table.workshops:
            assert len(bilingual.headings) == len(bilingual.table.workshops)
        if bilingual.table.kind == "wages":
            lines = list(bilingual.lines.values())
            years = [year for year in bilingual.table.years if isinstance(year, WagesOfYear)]
            assert [len(year.lines) for year in years if year.lines] == [*map(len, lines)]


def test_what_the_record_lacks_is_left_out() -> None:
    person = build_person(father_name=None, national_code=None, birth_date_jalali=None, sex=None)
    snapshot = parse_snapshot(build_letter(language="fa-en"), build_statement([], person=person))
    english = build_english_page(snapshot, LETTERHEAD, build_page(snapshot, LETTERHEAD))
    assert [fact.english_label for fact in english.person_facts] == ["Full name", "Insurance number"]
    assert "has no record of insurance contributions" in english.sentence
    assert words.DETAILS_FOLLOW not in english.sentence


@pytest.mark.parametrize("wishes", [{"language": "de"}, {"latin_name": "a" * 61}])
def test_invalid_language_or_name_is_refused(wishes: dict[str, str]) -> None:
    with pytest.raises(LetterInputInvalid):
        parse_snapshot(build_letter(**wishes), build_statement([]))
