"""Plates give the letters that the HTML path gives: the same pages, text, rows and look.

`make test` compares a few samples and statements, `make fuzz` all of them (TEST_SIZE=full).
"""

import io
import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pikepdf
import pytest
from structlog.testing import capture_logs

from services.kit.jalali import JalaliMonth
from services.pdfworker.letter import html_path, plates, render, specimen
from services.pdfworker.letter.paragraphs import Style, set_paragraph
from services.pdfworker.letter.render import LETTER_PATHS, LetterPath, RenderedLetter, warm_up
from services.pdfworker.letter.shaping import REGULAR, Unsettable
from tests.heavy.pdfworker.letter.test_finish import iterate_elements
from tests.heavy.pdfworker.letter.test_pictures import TOLERANCE, measure_difference
from tests.heavy.pdfworker.pictures import draw_page
from tests.sizes import IS_FULL
from tests.unit.pdfworker.extraction import extract_pages, extract_text, fold
from tests.unit.pdfworker.letters import LETTERHEAD, SAMPLES, Sample
from tests.unit.pdfworker.statements import TYPES, Contribution, build_career, build_person, build_statement

pytestmark = pytest.mark.xdist_group("letters")
# Short ones with every kind of table, mark and text; the golden pictures guard the others.
COMPARED = tuple(SAMPLES) if IS_FULL else ("hostile", "one-month", "first-version", "test-mode")
LETTERS = "ابپتثجچهیکلاآئؤABCxyzé0123۴۵۶"


@cache
def render_both(name: str) -> tuple[RenderedLetter, RenderedLetter]:
    """Return a sample letter on plates and by the HTML path, rendered once."""
    sample = SAMPLES[name]()
    return sample.render(), sample.render(path=LetterPath.HTML)


def list_rows(pdf: bytes) -> list[list[str]]:
    """Return the folded lines of each page, as they are laid out."""
    pages = extract_pages(pdf, "-layout")
    return [[fold(line) for line in page.splitlines() if line.strip()] for page in pages]


@pytest.mark.parametrize("name", COMPARED)
def test_both_paths_give_the_same_pages_and_rows(name: str) -> None:
    on_plates, html = render_both(name)
    assert (on_plates.path, html.path) == (LetterPath.PLATES, LetterPath.HTML)
    assert on_plates.pages == html.pages
    assert sorted(extract_text(on_plates.pdf)) == sorted(extract_text(html.pdf))
    assert list_rows(on_plates.pdf) == list_rows(html.pdf)


@pytest.mark.parametrize("name", COMPARED)
def test_both_paths_look_the_same(name: str) -> None:
    on_plates, html = render_both(name)
    for page in range(1, on_plates.pages + 1):
        pictures = [draw_page(letter.pdf, page) for letter in (on_plates, html)]
        assert measure_difference(*pictures) <= TOLERANCE


Cell = tuple[str, int, int]


def list_cells(pdf: bytes) -> list[list[list[Cell]]]:
    """Return the rows of each table: of each cell its tag and its spans."""
    with pikepdf.open(io.BytesIO(pdf)) as letter:
        return [
            [[read_cell(cell) for cell in row.K] for row in iterate_elements(table) if row.S == "/TR"]
            for table in iterate_elements(letter.Root.StructTreeRoot)
            if table.S == "/Table"
        ]


def read_cell(cell: Any) -> Cell:
    return str(cell.S), int(cell.A.get("/ColSpan", 1)), int(cell.A.get("/RowSpan", 1))


@pytest.mark.parametrize("name", ["one-month", "workshops"] if IS_FULL else ["one-month"])
def test_tables_have_the_same_cells_on_both_paths(name: str) -> None:
    on_plates, html = (list_cells(letter.pdf) for letter in render_both(name))
    assert on_plates == html
    assert len(on_plates) > 2
    for rows in on_plates[1:]:
        widths = [sum(columns for _, columns, _ in row) for row in rows]
        # A second heading row lacks the columns that the first spans.
        widths[1] += sum(columns for _, columns, height in rows[0] if height > 1)
        assert len(set(widths)) == 1


def invent_text(chance: random.Random) -> str:
    """Return a name of a few words in either direction, some between brackets."""
    words = ["".join(chance.choices(LETTERS, k=chance.randint(1, 9))) for _ in range(chance.randint(1, 7))]
    return " ".join(chance.choice(("{}", "{}", "{}", "({})", "«{}»", "{}،")).format(word) for word in words)


def invent_sample(chance: random.Random) -> Sample:
    """Return an invented letter of one to three workshops and some months."""
    person = build_person(first_name=invent_text(chance), last_name=invent_text(chance))
    contributions = [
        Contribution(month, (f"{number}23456", invent_text(chance)), 29, 10**number, "1", invent_text(chance))
        for number in range(1, chance.randint(2, 4))
        for month in JalaliMonth(1400, 1).iterate_until(JalaliMonth(1400, chance.randint(1, 12)))
    ]
    return Sample(build_statement(contributions, chance.sample(TYPES, k=chance.randint(1, 3)), person=person))


@pytest.mark.parametrize("seed", range(60 if IS_FULL else 3))
def test_invented_letters_are_the_same_on_both_paths(seed: int) -> None:
    sample = invent_sample(random.Random(seed))
    on_plates, html = sample.render(), sample.render(path=LetterPath.HTML)
    assert (on_plates.path, on_plates.pages) == (LetterPath.PLATES, html.pages)
    specimen.require_same(on_plates.pdf, html.pdf)


NOTES = ("", "یادداشت سازمان " * 9, "یادداشت بلند سازمان " * 60)


@pytest.mark.parametrize("disputed", range(0, 240, 9) if IS_FULL else (117, 180, 207))
@pytest.mark.parametrize("note", NOTES if IS_FULL else NOTES[1:2])
def test_a_first_page_that_has_more_than_fits_goes_on_to_the_next(disputed: int, note: str) -> None:
    months = [f"{year}-{month:02}" for year in range(1364, 1404) for month in range(1, 13, 2)]
    statement = build_statement(build_career("1364-01", 20), ["all"], disputed=months[:disputed])
    sample = Sample(statement, replace(LETTERHEAD, note=note))
    on_plates, html = sample.render(), sample.render(path=LetterPath.HTML)
    assert on_plates.path == (LetterPath.FLOW if html.pages > 2 else LetterPath.PLATES)
    specimen.require_same(on_plates.pdf, html.pdf)
    assert sorted(extract_text(on_plates.pdf)) == sorted(extract_text(html.pdf))


@pytest.mark.parametrize("text", ["(" * 90, "الف " + "ب-" * 90])
def test_a_line_that_ends_within_a_word_is_left_to_html(text: str) -> None:
    assert len(set_paragraph("الف " * 20, Style(REGULAR, 10), 200)) > 1
    with pytest.raises(Unsettable):
        set_paragraph(text, Style(REGULAR, 10), 200)


def read_count(path: LetterPath) -> float:
    value: float = LETTER_PATHS.labels(path)._value.get()
    return value


def test_letters_are_counted_by_their_path() -> None:
    before = read_count(LetterPath.PLATES), read_count(LetterPath.HTML)
    sample = SAMPLES["nothing"]()
    sample.render()
    sample.render(path=LetterPath.HTML)
    assert (read_count(LetterPath.PLATES), read_count(LetterPath.HTML)) == (before[0] + 1, before[1] + 1)


def refuse(*_: object, **__: object) -> None:
    raise Unsettable("refused by a test")


def break_down(*_: object, **__: object) -> None:
    raise TypeError("another protocol")


@pytest.mark.parametrize("fail", [refuse, break_down])
def test_what_plates_cannot_take_is_laid_out(
    monkeypatch: pytest.MonkeyPatch, fail: Callable[..., None]
) -> None:
    monkeypatch.setattr(render, "write_letter", fail)
    letter = SAMPLES["nothing"]().render()
    assert (letter.path, letter.pages) == (LetterPath.HTML, 1)


@pytest.fixture(name="state")
def keep_state(monkeypatch: pytest.MonkeyPatch) -> render.ProcessState:
    state = render.ProcessState()
    monkeypatch.setattr(render, "STATE", state)
    return state


def test_a_process_whose_paths_agree_uses_plates(state: render.ProcessState) -> None:
    state.can_use_plates = False
    warm_up(LETTERHEAD)
    assert state.can_use_plates


def test_a_process_whose_paths_differ_lays_out_html(
    state: render.ProcessState, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw_without_rows(*arguments: object, **options: bool) -> object:
        drawings = plates.draw_letter(*arguments, **options)  # type: ignore[arg-type]
        drawings[1].nodes[0].kids.pop()
        return drawings

    monkeypatch.setattr(render, "draw_letter", draw_without_rows)
    warm_up(LETTERHEAD)
    assert not state.can_use_plates
    assert SAMPLES["nothing"]().render().path == LetterPath.HTML


@pytest.mark.parametrize("path", [0, 1])
def test_no_fact_without_a_label_has_a_cell_for_it(path: int) -> None:
    facts = list_cells(render_both("one-month")[path].pdf)[1]
    # A person has one fact less than a record.
    assert facts[-1] == [("/TD", 2, 1), ("/TH", 1, 1), ("/TD", 1, 1)]


def test_a_letter_that_html_fails_on_is_set_with_other_lines(
    state: render.ProcessState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name has lines that end within a word, which are left to HTML otherwise."""
    person = build_person(last_name="ب-" * 45)
    sample = Sample(build_statement(build_career("1402-07", 1), ["all"], person=person))
    assert sample.render().path == LetterPath.HTML
    monkeypatch.setattr(html_path, "_write", break_down)
    letter = sample.render()
    assert (letter.path, letter.pages) == (LetterPath.PLATES, 2)
    assert "ب" * 30 in extract_text(letter.pdf)


def test_a_bilingual_letter_that_html_fails_on_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_path, "_write", break_down)
    with pytest.raises(TypeError):
        Sample(build_statement([]), wishes={"language": "fa-en"}).render()


def test_plates_that_differ_are_not_used_if_html_fails(
    state: render.ProcessState, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.can_use_plates = False
    monkeypatch.setattr(html_path, "_write", break_down)
    with pytest.raises(TypeError):
        SAMPLES["nothing"]().render()


def test_a_process_without_html_uses_plates_that_show_their_glyphs(
    state: render.ProcessState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_path, "_write", break_down)
    with capture_logs() as logs:
        warm_up(LETTERHEAD)
    assert [entry["event"] for entry in logs] == ["letter.styles-unusable", "html.unusable"]
    assert state.can_use_plates
    assert SAMPLES["nothing"]().render().path == LetterPath.PLATES


def test_a_process_without_html_does_not_use_plates_that_lack_glyphs(
    state: render.ProcessState, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_without_rows(drawings: Any, *arguments: Any) -> bytes:
        del drawings[1].nodes[0].kids[-1]
        return plates.write_letter(drawings, *arguments)

    monkeypatch.setattr(html_path, "_write", break_down)
    monkeypatch.setattr(render, "write_letter", write_without_rows)
    warm_up(LETTERHEAD)
    assert not state.can_use_plates


def test_a_base_style_sheet_that_does_not_work_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_path, "STATE", html_path.HtmlState())
    monkeypatch.setattr(html_path.LetterHTML, "_ua_stylesheets", break_down)
    sample = SAMPLES["one-month"]()
    with capture_logs() as logs:
        letters = [sample.render(path=LetterPath.HTML) for _ in range(2)]
    assert [entry["event"] for entry in logs] == ["letter.styles-unusable"]
    specimen.require_same(letters[0].pdf, sample.render().pdf)
    assert letters[0].pdf == letters[1].pdf
