"""A bilingual letter: every figure in both kinds of digits, each text in its language."""

import io
import re
from collections.abc import Callable
from typing import Any

import pikepdf
import pydyf
import pytest
from structlog.testing import capture_logs
from weasyprint import pdf as weasyprint_pdf

from services.kit.jalali import JalaliMonth
from services.pdfworker.letter.bilingual import figures, languages
from tests.unit.pdfworker.extraction import extract_pages
from tests.unit.pdfworker.letters import SAMPLES, Sample, render_sample
from tests.unit.pdfworker.printed import format_numbers, format_year
from tests.unit.pdfworker.statements import build_career, build_statement

pytestmark = pytest.mark.xdist_group("letters")
# Figures and marks as poppler extracts them.
LATIN, PERSIAN = re.compile(r"(?<![\w-])[0-9][0-9,]*(?![\w-])"), re.compile("[۰-۹][۰-۹٬]*|—")
MARK = re.compile(r"\)[0-9۰-۹,،]+\(")


def list_rows(title: str, figure: re.Pattern[str]) -> list[list[str]]:
    """Return the figures of each line of a table, from right to left."""
    pages = [page for page in extract_pages(render_sample("bilingual").pdf, "-layout") if title in page]
    lines = [MARK.sub("", line) for page in pages for line in page.splitlines()]
    return [row[::-1] for line in lines if (row := figure.findall(line))]


def format_latin(*numbers: int | None) -> list[str]:
    return [f"{number:,}" for number in numbers if number is not None]


def list_span(span: str) -> list[str]:
    return LATIN.findall(span)[::-1]


def list_latin_year(year: dict[str, Any], *sums: int) -> list[str]:
    return [*list_span(figures.format_year_span(year["year"])), *format_latin(*year["months"], *sums)]


def list_persian_year(year: dict[str, Any], *sums: int) -> list[str]:
    return [*format_year(year), *format_numbers(*sums)]


@pytest.mark.parametrize(
    ("figure", "list_year", "format_sums"),
    [(LATIN, list_latin_year, format_latin), (PERSIAN, list_persian_year, format_numbers)],
    ids=["latin", "persian"],
)
def test_every_figure_is_printed_in_both_kinds_of_digits(
    figure: re.Pattern[str], list_year: Callable[..., list[str]], format_sums: Callable[..., list[str]]
) -> None:
    tables = SAMPLES["bilingual"]().statement["tables"]
    rows = iter(list_rows("Table 1", figure))
    for workshop in tables["all"]["workshops"]:
        for year in workshop["years"]:
            assert list_year(year, year["total_days"]) in rows
        assert format_sums(workshop["total_days"]) in rows
    assert format_sums(tables["all"]["total_days"]) in rows

    rows = iter(list_rows("Table 3", figure))
    for year in tables["consolidated"]["years"]:
        sums = [year["total_days"], *year["duration"].values()]
        running = [year["running_days"], *year["running_duration"].values()]
        assert list_year(year, *sums, *running) in rows
    total = tables["consolidated"]
    assert format_sums(total["total_days"], *total["duration"].values()) in rows

    amounts = iter(row[-2:] for row in list_rows("Table 2", figure))
    wages = tables["wages"]
    for year in wages["years"]:
        for row in wages["rows"]:
            if row["month_jalali"].startswith(str(year["year"])):
                assert format_sums(row["days"], row["wage"]) in amounts
        assert format_sums(year["days"], year["wage"]) in amounts
    assert format_sums(wages["total_days"], wages["total_wage"]) in amounts


def test_each_month_has_its_gregorian_days() -> None:
    pages = extract_pages(render_sample("bilingual").pdf)
    text = " ".join(" ".join(page for page in pages if "Table 2" in page).split())
    for row in SAMPLES["bilingual"]().statement["tables"]["wages"]["rows"]:
        month = JalaliMonth.parse(row["month_jalali"])
        assert month.words_en in text
        assert figures.format_month_span(month).replace("\u00a0", " ") in text


def test_first_page_has_both_calendars_and_the_persons_own_spelling() -> None:
    text = " ".join(" ".join(extract_pages(render_sample("bilingual").pdf)[:2]).split())
    for words in (
        "Zahra Ahmadinejad*",
        "11 Ordibehesht 1360 (1 May 1981)",
        "2 Azar 1405 (23 November 2026)",
        "0012345679",
        "4071 8293 65018",
        "453 days",
        "Shahrivar 1401 (23 Aug – 22 Sep 2022)",
        "The person's own spelling of the name",
        "Transliterated by a program",
        "job title of each month are in Table 2.",
        "متن فارسی معتبر است",
        "Sample Social Insurance Organisation",
    ):
        assert words in re.sub(r"\)([^()]*)\(", r"(\1)", text) or words in text, words


def test_name_without_own_spelling_is_marked_as_transliterated() -> None:
    statement = build_statement(build_career("1402-07", 1), ["all"])
    text = "\n".join(extract_pages(Sample(statement, wishes={"language": "fa-en"}).render().pdf))
    assert "Zahra Ahmadi-Nejad†" in text
    assert "own spelling" not in text
    assert "Sazman Bimeh-Haye Ejtemai Nemuneh†" in text


def test_persian_letter_is_without_english() -> None:
    assert "Subject" not in "".join(extract_pages(render_sample("jobs").pdf))


def test_each_english_text_is_marked_in_the_structure() -> None:
    """A screen reader reads the texts of marked elements in English, the others in the document's Persian."""
    with pikepdf.open(io.BytesIO(render_sample("bilingual").pdf)) as pdf:
        assert pdf.Root.Lang == "fa"
        marked, unmarked = _count_texts_by_language(pdf)
    assert all(re.search("[A-Za-z0-9]", text) for text in marked)
    assert not [text for text in marked if re.search("[\u0621-\u06cc۰-۹]", text)]
    assert "Farvardin" in marked
    # Latin words stand in Persian texts too.
    assert [text for text in unmarked if re.fullmatch("[ -~]*[A-Za-z]{4}[ -~]*", text)] == []


def _count_texts_by_language(pdf: pikepdf.Pdf) -> tuple[list[str], list[str]]:
    """Return the texts of elements that are marked as English, and the others."""
    texts: dict[bool, list[str]] = {True: [], False: []}
    for page in pdf.pages:
        languages = _map_languages(pdf, page)
        fonts = {
            name: _read_characters(bytes(font.ToUnicode.read_bytes()))
            for name, font in page.Resources.Font.items()
        }
        mark, font, words = None, {}, ""
        for instruction in pikepdf.parse_content_stream(page):
            operands, operator = instruction.operands, instruction.operator
            if str(operator) == "BDC" and "/MCID" in operands[1]:
                mark, words = int(operands[1].MCID), ""
            elif str(operator) == "Tf":
                font = fonts[str(operands[0])]
            elif str(operator) in {"Tj", "TJ"}:
                strings = operands[0] if str(operator) == "TJ" else [operands[0]]
                for string in strings:
                    if isinstance(string, pikepdf.String):
                        codes = bytes(string)
                        words += "".join(
                            font.get(codes[place : place + 2], "") for place in range(0, len(codes), 2)
                        )
            elif str(operator) == "EMC" and mark is not None:
                texts[languages.get(mark) == "en"].append(words)
                mark = None
    return [text for text in texts[True] if text.strip()], texts[False]


def _map_languages(pdf: pikepdf.Pdf, page: pikepdf.Page) -> dict[int, str]:
    numbers = list(pdf.Root.StructTreeRoot.ParentTree.Nums)
    owners = numbers[numbers.index(page.StructParents) + 1]
    return {
        mark: str(owner.Lang)
        for mark, owner in enumerate(owners)
        if isinstance(owner, pikepdf.Dictionary) and "/Lang" in owner
    }


def _read_characters(cmap: bytes) -> dict[bytes, str]:
    return {
        bytes.fromhex(code.decode()): bytes.fromhex(letters.decode()).decode("utf-16-be")
        for code, letters in re.findall(rb"<([0-9a-f]{4})> <([0-9a-f]+)>", cmap)
    }


def test_order_of_elements_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """WeasyPrint may add elements in another order, and others between them."""
    add_tags = weasyprint_pdf.add_tags

    def add_tags_otherwise(pdf: Any, document: Any, version: Any, streams: Any) -> None:
        add_tags(pdf, document, version, streams)
        spans = [item for item in pdf.objects if isinstance(item, dict) and item.get("S") == "/Span"]
        pdf.add_object(pydyf.Dictionary(spans[0]))

    monkeypatch.setattr(weasyprint_pdf, "add_tags", add_tags_otherwise)
    with pikepdf.open(io.BytesIO(SAMPLES["bilingual"]().render().pdf)) as pdf:
        assert "Farvardin" in _count_texts_by_language(pdf)[0]


def test_letter_whose_languages_cannot_be_marked_is_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise LookupError("another WeasyPrint")

    monkeypatch.setattr(languages, "mark_languages", fail)
    sample = Sample(build_statement([]), wishes={"language": "fa-en"})
    with capture_logs() as logs:
        assert "Subject" in "".join(extract_pages(sample.render().pdf))
    assert [entry["event"] for entry in logs] == ["letter.languages-unmarked"]
