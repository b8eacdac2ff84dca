"""The letter as a reader's software sees it: every figure there, nothing foreign in it, always the same."""

import hashlib
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.kit.jalali import JalaliMonth
from services.kit.text import to_persian_digits
from services.pdfworker.letter.page import Look
from services.pdfworker.letter.render import RenderedLetter, render_letter
from services.pdfworker.letter.statement import LetterInputInvalid
from tests.unit.pdfworker.extraction import fold, fonts_of, pages_of, text_of
from tests.unit.pdfworker.letters import LOOK, TEST_LOOK, render_sample
from tests.unit.pdfworker.printed import assert_tables_are_printed
from tests.unit.pdfworker.statements import (
    QR_TEXT,
    TYPES,
    WORKSHOPS,
    Contribution,
    career,
    letter_of,
    person_of,
    statement_of,
)

VAZIRMATN = {"Vazirmatn", "Vazirmatn-Bold"}


pytestmark = pytest.mark.xdist_group("letters")


def render(statement: dict[str, Any], look: Look = LOOK) -> RenderedLetter:
    return render_letter(letter_of(statement["types"]), statement, look, QR_TEXT)


@cache
def five_years() -> RenderedLetter:
    """A letter of many pages, rendered once."""
    return render(statement_of(career("1390-01", 60)))


@cache
def one_month() -> RenderedLetter:
    """A letter of few pages, rendered once."""
    return render(statement_of(career("1402-01", 1)))


def test_the_letter_names_the_person_and_the_totals() -> None:
    text = text_of(render(statement_of(career("1390-01", 40))).pdf)
    assert fold("خانم زهرا احمدی‌نژاد، فرزند غلامرضا") in text
    for expected in ("۰۰۱۲۳۴۵۶۷۹", "۱۲۳۴۵۶۷۸", "۱۱ اردیبهشت ۱۳۶۰", "فروردین ۱۳۹۰", "تیر ۱۳۹۳"):
        assert fold(expected) in text
    assert fold("تا تاریخ مبنای ۱ آذر ۱۴۰۵") in text
    assert fold("نسخه ۱ موافقتنامه، ۱ آذر ۱۴۰۵ ساعت ۱۱:۵۹ (به وقت تهران)") in text


def test_a_letter_issued_after_midnight_in_tehran_has_the_day_of_tehran() -> None:
    assert fold("تاریخ صدور ۲ آذر ۱۴۰۵") in text_of(one_month().pdf)


@pytest.mark.parametrize(("months", "workshops"), [(1, 1), (30, 10), (480, 1)])
def test_every_figure_of_the_tables_is_printed(months: int, workshops: int) -> None:
    statement = statement_of(career("1364-01", months, workshops))
    pdf = render(statement).pdf
    assert_tables_are_printed(pdf, statement)


def test_a_year_without_lists_has_dashes_and_no_zero() -> None:
    statement = statement_of(career("1390-01", 3) + career("1393-02", 3))
    assert [
        any(days is not None for days in year["months"]) for year in statement["tables"]["all"]["years"]
    ] == [*(True, False, False, True)]
    assert_tables_are_printed(render(statement).pdf, statement)


def test_every_page_says_its_number_and_the_serial() -> None:
    letter = five_years()
    pages = pages_of(letter.pdf)
    assert len(pages) == letter.pages > 4
    for number, page in enumerate(pages, start=1):
        of = fold(f"صفحه {to_persian_digits(number)} از {to_persian_digits(letter.pages)}")
        assert of in fold(page)
        assert fold("شماره سریال ۴۰۷۱ ۸۲۹۳ ۶۵۰۱۸") in fold(page)


def test_a_table_that_goes_on_says_so_and_repeats_its_heading_row() -> None:
    pages = [fold(page) for page in pages_of(five_years().pdf)]
    first = next(number for number, page in enumerate(pages) if fold("سوابق و ریز دستمزدها (ریال)") in page)
    assert fold("ادامه جدول") not in pages[first]
    for page in (pages[first], pages[first + 1]):
        assert fold("دستمزد و مزایای مشمول") in page
    assert fold("ادامه جدول ۲") in pages[first + 1]
    assert fold("ادامه جدول") not in pages[-1]


@pytest.mark.parametrize("kind", TYPES)
def test_only_the_chosen_table_is_printed(kind: str) -> None:
    text = text_of(render(statement_of(career("1402-01", 3), [kind])).pdf)
    titles = {
        "all": "جدول ۱. کلیه سوابق",
        "wages": "جدول ۲. سوابق و ریز",
        "consolidated": "جدول ۳. سوابق تلفیقی",
    }
    assert {name for name, title in titles.items() if fold(title) in text} == {kind}


def test_a_year_sum_never_begins_a_page() -> None:
    for months in range(36, 42):
        pages = pages_of(render(statement_of(career("1390-01", months), ["wages"])).pdf, "-layout")
        for page in pages[1:]:
            lines = [fold(line) for line in page.splitlines() if line.strip()]
            heading = next(number for number, line in enumerate(lines) if fold("نام کارگاه") in line)
            assert fold("جمع") not in lines[heading + 1]


def test_a_person_without_contributions_gets_one_page_that_says_so() -> None:
    letter = render(statement_of([]))
    assert letter.pages == 1
    text = text_of(letter.pdf)
    assert fold("فاقد سابقه پرداخت حق بیمه است") in text
    assert fold("مجموع سابقه ۰ روز") in text


def test_what_is_not_known_of_a_person_is_left_out() -> None:
    person = person_of(father_name=None, sex=None, birth_date_jalali=None, insurance_number=None)
    text = text_of(render(statement_of(career("1402-01", 1), person=person)).pdf)
    assert fold("به استحضار می‌رساند زهرا احمدی‌نژاد، به کد ملی ۰۰۱۲۳۴۵۶۷۹، تا تاریخ مبنای") in text
    for label in ("فرزند", "نام پدر", "متولد", "تاریخ تولد", "شماره بیمه", "None"):
        assert fold(label) not in text


def test_the_longest_names_are_printed_whole() -> None:
    long_name = ("عبدالرحیم " * 10)[:99]
    person = person_of(first_name=long_name, last_name="ن" * 100, father_name=long_name)
    workshop = (WORKSHOPS[0][0], "شرکت " * 19 + "نمونه")
    letter = render(
        statement_of([Contribution(JalaliMonth(1403, 1), workshop, 31, 10**12 - 1)], person=person)
    )
    text = text_of(letter.pdf)
    assert fold(long_name) in text
    assert "ن" * 100 in text
    assert fold(workshop[1]) in text
    assert "۹۹۹٬۹۹۹٬۹۹۹٬۹۹۹" in text


@pytest.mark.parametrize(
    "name", ["<img src=file:///etc/passwd>", "<b>x</b>", "&lt;", "{{ 7*7 }}", "a' \" --"]
)
def test_markup_in_a_name_is_shown_as_text_and_loads_nothing(name: str) -> None:
    letter = render(statement_of(career("1402-01", 1), person=person_of(first_name=name)))
    printed = fold("".join(pages_of(letter.pdf, "-raw")))
    for word in re.findall(r"\w+", name):
        assert word in printed
    assert "rootx" not in printed


def test_no_other_font_enters_even_for_what_vazirmatn_lacks() -> None:
    person = person_of(first_name="✓→漢字😀", last_name="ʘ")
    letter = render(statement_of(career("1390-01", 14), disputed=["1390-02"], person=person), TEST_LOOK)
    assert fonts_of(letter.pdf) == VAZIRMATN


def test_hostile_names_come_out_as_stated() -> None:
    letter = render_sample("hostile")
    assert letter.pages == 4
    text = "".join(pages_of(letter.pdf))
    printed = fold(text)
    # The title and the father's name are left out, what is unseen is gone, what cannot be drawn is told.
    assert fold("به استحضار می‌رساند <b>زهرا</b> نمونه‌پور") in printed
    assert fold("فرزند") not in printed
    assert text.count("\ufffd") >= 2
    # A name of 10,000 characters is cut, and the attachment has it whole.
    assert "کارگاه" * 14 in printed
    assert "کارگاه" * 16 not in printed
    assert fold("شرکت (سهامی)") in printed
    assert fold("alert(1)") in printed


def test_disputed_and_corrected_months_are_marked_and_explained() -> None:
    corrections = [
        {"month_jalali": "1402-03", "workshop_code": "0012345678", "tracking_number": "140501010000456"}
    ]
    statement = statement_of(career("1402-01", 6), disputed=["1402-02", "1402-04"], corrections=corrections)
    letter = render(statement)
    text = text_of(letter.pdf)
    assert fold("مورد اعتراض بیمه‌شده که در دست بررسی است: اردیبهشت ۱۴۰۲، تیر ۱۴۰۲.") in text
    assert text.count(fold("(۱) این ماه مورد اعتراض بیمه‌شده و در دست بررسی است.")) == 3
    assert text.count(fold("اعتراض شماره ۱۴۰۵ ۰۱۰۱ ۰۰۰۰ ۴۵۶ ثبت یا اصلاح شده است")) == 3


def test_a_test_letter_says_so_on_every_page_and_a_real_one_on_none() -> None:
    statement = statement_of(career("1402-01", 6))
    notice = fold("نمونه آزمایشی – فاقد اعتبار")
    assert all(notice in fold(page) for page in pages_of(render(statement, TEST_LOOK).pdf))
    assert notice not in text_of(render(statement).pdf)


def test_every_page_says_how_to_check_the_letter() -> None:
    pages = [fold(page) for page in pages_of(one_month().pdf)]
    for page in pages:
        for words in (
            "رمزینه را اسکن کنید",
            "«اصالت‌سنجی نامه» به",
            "https://govah.example",
            "دقیقاً همین نشانی",
        ):
            assert fold(words) in page
    for words in ("به‌صورت الکترونیکی امضا شده است", "پیوست داده ماشین‌خوان"):
        assert fold(words) in pages[0]


def test_the_same_input_gives_the_same_bytes_in_another_process_too() -> None:
    script = (
        "import hashlib\n"
        "from tests.heavy.pdfworker.letter.test_render import *\n"
        "pdf = render(statement_of(career('1390-01', 20, 2))).pdf\n"
        "print(hashlib.sha256(pdf).hexdigest())"
    )
    command = [sys.executable, "-c", script]
    other = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[4])
    first = render(statement_of(career("1390-01", 20, 2)))
    assert other.stdout.strip() == hashlib.sha256(first.pdf).hexdigest()
    assert render(statement_of(career("1390-01", 20, 2))) == first


def test_a_broken_statement_is_refused_before_anything_is_laid_out() -> None:
    statement = statement_of(career("1402-01", 1))
    statement["person"]["national_code"] = "12"
    with pytest.raises(LetterInputInvalid):
        render(statement)
