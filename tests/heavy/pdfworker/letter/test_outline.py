"""The outline of a letter: its subject, its tables, and the years or workshops of these, on both paths."""

import io

import pypdf
import pytest

from services.pdfworker.letter.render import LetterPath
from tests.unit.pdfworker.letters import SAMPLES, render_sample

pytestmark = pytest.mark.xdist_group("letters")
Entry = tuple[int, str, int, int]


def list_entries(pdf: bytes) -> list[Entry]:
    """Return the level, the title, the page and the rounded height of each entry."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))

    def iterate(entries: object, level: int) -> list[Entry]:
        assert isinstance(entries, list)
        rows: list[Entry] = []
        for entry in entries:
            if isinstance(entry, list):
                rows += iterate(entry, level + 1)
            else:
                page = reader.get_destination_page_number(entry)
                assert page is not None
                assert entry.top is not None
                rows.append((level, entry.title, page + 1, round(entry.top)))
        return rows

    return iterate(reader.outline, 1)


def test_years_of_wages_are_found_in_the_outline() -> None:
    entries = list_entries(render_sample("wages").pdf)
    assert [(level, title, page) for level, title, page, _ in entries[:3]] == [
        (1, "موضوع: اعلام سابقه پرداخت حق بیمه", 1),
        (1, "جدول ۲. سوابق و ریز دستمزدها (ریال)", 2),
        (2, "سال ۱۳۸۴", 2),
    ]
    years = [title for level, title, _, _ in entries if level == 2]
    assert (len(years), years[-1]) == (20, "سال ۱۴۰۳")
    pages = [page for _, _, page, _ in entries]
    assert pages == sorted(pages)
    assert pages[-1] == render_sample("wages").pages


def test_each_workshop_is_in_the_outline() -> None:
    entries = list_entries(render_sample("ten-workshops").pdf)
    table = entries.index(next(entry for entry in entries if entry[1].startswith("جدول ۱")))
    following = [entry for entry in entries[table + 1 :] if entry[0] == 2]
    assert len([entry for entry in following if "کارگاه" in entry[1]]) == 10
    assert not any("<" in title for _, title, _, _ in entries)


@pytest.mark.parametrize("name", ["hostile", "one-month", "workshops", "nothing", "objections"])
def test_both_paths_have_the_same_outline(name: str) -> None:
    on_plates, html = render_sample(name), SAMPLES[name]().render(path=LetterPath.HTML)
    assert (on_plates.path, html.path) == (LetterPath.PLATES, LetterPath.HTML)
    entries, expected = list_entries(on_plates.pdf), list_entries(html.pdf)
    assert [entry[:3] for entry in entries] == [entry[:3] for entry in expected]
    assert len(entries) > 0


def test_outline_of_a_bilingual_letter_is_in_both_languages() -> None:
    entries = list_entries(render_sample("bilingual").pdf)
    tables = [title for level, title, _, _ in entries if level == 1][1:]
    assert [title.partition(" / ")[2][:7] for title in tables] == ["Table 1", "Table 2", "Table 3"]
    assert any(title == "سال ۱۴۰۲ / Year 1402" for _, title, _, _ in entries)
