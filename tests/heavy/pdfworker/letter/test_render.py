"""The rendered letter: every figure is in it, nothing foreign, and the bytes are deterministic.

`make test` renders shorter letters, `make fuzz` the longest too (TEST_SIZE=full).
"""

import hashlib
import re
import subprocess
import sys
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from services.kit.jalali import JalaliMonth
from services.kit.text import to_persian_digits
from services.pdfworker.letter.page import Letterhead
from services.pdfworker.letter.render import RenderedLetter
from services.pdfworker.letter.statement import LetterInputInvalid
from tests.sizes import IS_FULL
from tests.unit.pdfworker.extraction import extract_pages, extract_text, fold, list_fonts
from tests.unit.pdfworker.letters import LETTERHEAD, TEST_LETTERHEAD, Sample, render_sample
from tests.unit.pdfworker.printed import assert_tables_are_printed
from tests.unit.pdfworker.statements import (
    SPANS,
    TYPES,
    WORKSHOPS,
    Contribution,
    build_career,
    build_person,
    build_statement,
    build_workshops,
)

VAZIRMATN = {"Vazirmatn", "Vazirmatn-Bold"}


pytestmark = pytest.mark.xdist_group("letters")


def render(statement: dict[str, Any], letterhead: Letterhead = LETTERHEAD) -> RenderedLetter:
    return Sample(statement, letterhead).render()


@cache
def render_five_years() -> RenderedLetter:
    """Return a letter of many pages, rendered once."""
    return render(build_statement(build_career("1390-01", 60)))


@cache
def render_one_month() -> RenderedLetter:
    """Return a letter of few pages, rendered once."""
    return render(build_statement(build_career("1402-01", 1)))


def test_the_letter_names_the_person_and_the_totals() -> None:
    text = extract_text(render(build_statement(build_career("1390-01", 40))).pdf)
    assert fold("خانم زهرا احمدی‌نژاد، فرزند غلامرضا") in text
    for expected in ("۰۰۱۲۳۴۵۶۷۹", "۱۲۳۴۵۶۷۸", "۱۱ اردیبهشت ۱۳۶۰", "فروردین ۱۳۹۰", "تیر ۱۳۹۳"):
        assert fold(expected) in text
    assert fold("تا تاریخ مبنای ۱ آذر ۱۴۰۵") in text
    assert fold("نسخه ۱ موافقتنامه، ۱ آذر ۱۴۰۵ ساعت ۱۱:۵۹ (به وقت تهران)") in text


def test_a_letter_issued_after_midnight_in_tehran_has_the_day_of_tehran() -> None:
    assert fold("تاریخ صدور ۲ آذر ۱۴۰۵") in extract_text(render_one_month().pdf)


@pytest.mark.parametrize(
    ("months", "workshops"), [(1, 1), (30, 10), (480, 1)] if IS_FULL else [(1, 1), (8, 10), (30, 1)]
)
def test_every_figure_of_the_tables_is_printed(months: int, workshops: int) -> None:
    statement = build_statement(build_career("1364-01", months, workshops))
    pdf = render(statement).pdf
    assert_tables_are_printed(pdf, statement)


def test_a_year_without_lists_has_dashes_and_no_zero() -> None:
    statement = build_statement(build_career("1390-01", 3) + build_career("1393-02", 3))
    assert [
        any(days is not None for days in year["months"])
        for year in statement["tables"]["all"]["workshops"][0]["years"]
    ] == [*(True, False, False, True)]
    assert_tables_are_printed(render(statement).pdf, statement)


@pytest.mark.parametrize("version", [1, 2])
def test_every_figure_of_many_workshops_is_printed(version: int) -> None:
    statement = build_statement(build_workshops() if IS_FULL else build_workshops(SPANS[:5]), version=version)
    assert_tables_are_printed(render(statement).pdf, statement)


def test_job_titles_have_a_column_if_there_are_any() -> None:
    with_titles = build_statement(build_workshops([(0, "1402-01", 12), (1, "1402-07", 9)], jobs=True))
    pdf = render(with_titles).pdf
    assert_tables_are_printed(pdf, with_titles)
    text = extract_text(pdf)
    assert (text.count(fold("کارگر ساده")), text.count(fold("حسابدار"))) == (12, 9)
    assert fold("عنوان شغل") in text
    assert fold("عنوان شغل") not in extract_text(render_one_month().pdf)


def list_lines(page: str) -> list[str]:
    """Return the lines of a page above its foot, folded."""
    lines = [fold(line) for line in page.splitlines() if line.strip()]
    return list(takewhile(lambda line: not line.startswith("صفحه"), lines))


@pytest.mark.parametrize("years", [*range(5, 11), 28] if IS_FULL else [6, 9])
def test_a_workshop_breaks_between_its_years_only(years: int) -> None:
    """No heading ends a page, no sum begins one, and each page names the workshop and the months."""
    spans = [(0, "1370-01", 12 * 30), (1, "1375-01", 12 * years), (2, "1380-01", 24)]
    letter = render(build_statement(build_workshops(spans), ["all"]))
    pages = [list_lines(page) for page in extract_pages(letter.pdf, "-layout")[1:]]
    assert len(pages) > 1
    for lines in pages:
        first_year = next(number for number, line in enumerate(lines) if re.search("(13|۱۳)..$", line))
        assert fold("اردیبهشت") in lines[first_year - 1]
        assert fold("کد کارگاه") in lines[first_year - 2]
        assert first_year == 3
        assert not lines[-1].endswith(fold("سال"))
    text = "".join(line for lines in pages for line in lines)
    assert text.count(fold("جمع کل همه کارگاه‌ها")) == 1
    assert text.count(fold("جمع کارگاه")) == 3


def test_every_page_has_its_number_and_the_serial() -> None:
    letter = render_five_years()
    pages = extract_pages(letter.pdf)
    assert len(pages) == letter.pages > 4
    for number, page in enumerate(pages, start=1):
        of = fold(f"صفحه {to_persian_digits(number)} از {to_persian_digits(letter.pages)}")
        assert of in fold(page)
        assert fold("شماره سریال ۴۰۷۱ ۸۲۹۳ ۶۵۰۱۸") in fold(page)


def test_a_continued_table_is_marked_and_repeats_its_heading_row() -> None:
    pages = [fold(page) for page in extract_pages(render_five_years().pdf)]
    first = next(number for number, page in enumerate(pages) if fold("سوابق و ریز دستمزدها (ریال)") in page)
    assert fold("ادامه جدول") not in pages[first]
    for page in (pages[first], pages[first + 1]):
        assert fold("دستمزد و مزایای مشمول") in page
    assert fold("ادامه جدول ۲") in pages[first + 1]
    assert fold("ادامه جدول") not in pages[-1]


@pytest.mark.parametrize("kind", TYPES)
def test_only_the_chosen_table_is_printed(kind: str) -> None:
    text = extract_text(render(build_statement(build_career("1402-01", 3), [kind])).pdf)
    titles = {
        "all": "جدول ۱. کلیه سوابق",
        "wages": "جدول ۲. سوابق و ریز",
        "consolidated": "جدول ۳. سوابق تلفیقی",
    }
    assert {name for name, title in titles.items() if fold(title) in text} == {kind}


def test_a_year_sum_never_begins_a_page() -> None:
    for months in range(36, 42) if IS_FULL else (37, 40):
        pages = extract_pages(
            render(build_statement(build_career("1390-01", months), ["wages"])).pdf, "-layout"
        )
        for page in pages[1:]:
            lines = [fold(line) for line in page.splitlines() if line.strip()]
            heading = next(number for number, line in enumerate(lines) if fold("نام کارگاه") in line)
            assert fold("جمع") not in lines[heading + 1]


def test_a_person_without_contributions_gets_a_letter_of_one_page() -> None:
    letter = render(build_statement([]))
    assert letter.pages == 1
    text = extract_text(letter.pdf)
    assert fold("فاقد سابقه پرداخت حق بیمه است") in text
    assert fold("مجموع سابقه ۰ روز") in text


def test_missing_data_of_a_person_is_left_out() -> None:
    person = build_person(father_name=None, sex=None, birth_date_jalali=None, insurance_number=None)
    text = extract_text(render(build_statement(build_career("1402-01", 1), person=person)).pdf)
    assert fold("به استحضار می‌رساند زهرا احمدی‌نژاد، به کد ملی ۰۰۱۲۳۴۵۶۷۹، تا تاریخ مبنای") in text
    for label in ("فرزند", "نام پدر", "متولد", "تاریخ تولد", "شماره بیمه", "None"):
        assert fold(label) not in text


def test_a_person_without_a_national_code_has_the_insurance_number() -> None:
    statement = build_statement(build_career("1402-01", 1))
    statement["person"] |= {"national_code": None, "insurance_number": "71234567"}
    text = extract_text(render(statement).pdf)
    assert fold("به شماره بیمه ۷۱۲۳۴۵۶۷") in text
    assert fold("کد ملی") not in text
    statement["person"]["insurance_number"] = None
    with pytest.raises(LetterInputInvalid):
        render(statement)


def test_the_longest_names_are_printed_whole() -> None:
    long_name = ("عبدالرحیم " * 10)[:99]
    person = build_person(first_name=long_name, last_name="ن" * 100, father_name=long_name)
    workshop = (WORKSHOPS[0][0], "شرکت " * 19 + "نمونه")
    letter = render(
        build_statement([Contribution(JalaliMonth(1403, 1), workshop, 31, 10**12 - 1)], person=person)
    )
    text = extract_text(letter.pdf)
    assert fold(long_name) in text
    assert "ن" * 100 in text
    assert fold(workshop[1]) in text
    assert "۹۹۹٬۹۹۹٬۹۹۹٬۹۹۹" in text


@pytest.mark.parametrize(
    "name", ["<img src=file:///etc/passwd>", "<b>x</b>", "&lt;", "{{ 7*7 }}", "a' \" --"]
)
def test_markup_in_a_name_is_shown_as_text_and_loads_nothing(name: str) -> None:
    letter = render(build_statement(build_career("1402-01", 1), person=build_person(first_name=name)))
    printed = fold("".join(extract_pages(letter.pdf, "-raw")))
    for word in re.findall(r"\w+", name):
        assert word in printed
    assert "rootx" not in printed


def test_no_other_font_is_embedded_for_missing_characters() -> None:
    person = build_person(first_name="✓→漢字😀", last_name="ʘ")
    letter = render(
        build_statement(build_career("1390-01", 14), disputed=["1390-02"], person=person), TEST_LETTERHEAD
    )
    assert list_fonts(letter.pdf) == VAZIRMATN


def test_hostile_names_are_cleaned_or_cut() -> None:
    letter = render_sample("hostile")
    assert letter.pages == 5
    text = "".join(extract_pages(letter.pdf))
    printed = fold(text)
    # Title and father's name are left out. Invisible characters are removed, missing ones replaced.
    assert fold("به استحضار می‌رساند <b>زهرا</b> نمونه‌پور") in printed
    assert fold("فرزند") not in printed
    assert text.count("\ufffd") >= 2
    # A name of 10,000 characters is cut. The attachment has all of it.
    assert "کارگاه" * 14 in printed
    assert "کارگاه" * 16 not in printed
    assert fold("شرکت (سهامی)") in printed
    assert fold("alert(1)") in printed


def test_disputed_and_corrected_months_are_marked_and_explained() -> None:
    corrections = [
        {"month_jalali": "1402-03", "workshop_code": "0012345678", "tracking_number": "140501010000456"}
    ]
    statement = build_statement(
        build_career("1402-01", 6), disputed=["1402-02", "1402-04"], corrections=corrections
    )
    letter = render(statement)
    text = extract_text(letter.pdf)
    assert fold("مورد اعتراض بیمه‌شده که در دست بررسی است: اردیبهشت ۱۴۰۲، تیر ۱۴۰۲.") in text
    assert text.count(fold("(۱) این ماه مورد اعتراض بیمه‌شده و در دست بررسی است.")) == 3
    assert text.count(fold("اعتراض شماره ۱۴۰۵ ۰۱۰۱ ۰۰۰۰ ۴۵۶ ثبت یا اصلاح شده است")) == 3


def test_every_page_of_a_test_letter_has_a_notice_and_no_page_of_a_real_one() -> None:
    statement = build_statement(build_career("1402-01", 6))
    notice = fold("نمونه آزمایشی – فاقد اعتبار")
    assert all(notice in fold(page) for page in extract_pages(render(statement, TEST_LETTERHEAD).pdf))
    assert notice not in extract_text(render(statement).pdf)


def test_every_page_explains_how_to_check_the_letter() -> None:
    pages = [fold(page) for page in extract_pages(render_one_month().pdf)]
    for page in pages:
        for text in (
            "رمزینه را اسکن کنید",
            "«اصالت‌سنجی نامه» به",
            "https://govah.example",
            "دقیقاً همین نشانی",
        ):
            assert fold(text) in page
    for text in ("به‌صورت الکترونیکی امضا شده است", "پیوست داده ماشین‌خوان"):
        assert fold(text) in pages[0]


def test_the_same_input_gives_the_same_bytes_in_another_process_too() -> None:
    script = (
        "import hashlib\n"
        "from tests.unit.pdfworker.letters import Sample\n"
        "from tests.unit.pdfworker.statements import build_career, build_statement\n"
        "pdf = Sample(build_statement(build_career('1390-01', 20, 2))).render().pdf\n"
        "print(hashlib.sha256(pdf).hexdigest())"
    )
    command = [sys.executable, "-c", script]
    other = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[4])
    first = render(build_statement(build_career("1390-01", 20, 2)))
    assert other.stdout.strip() == hashlib.sha256(first.pdf).hexdigest()
    assert render(build_statement(build_career("1390-01", 20, 2))) == first


def test_an_invalid_statement_is_rejected() -> None:
    statement = build_statement(build_career("1402-01", 1))
    statement["person"]["national_code"] = "12"
    with pytest.raises(LetterInputInvalid):
        render(statement)
