"""The words of the first page, for every kind of record."""

from typing import Any

import pytest

from services.kit.jalali import JalaliMonth
from services.pdfworker.letter.page import Look, Page, page_of
from services.pdfworker.letter.statement import check
from tests.unit.pdfworker.statements import (
    TYPES,
    WORKSHOPS,
    Contribution,
    career,
    letter_of,
    person_of,
    statement_of,
)

LOOK = Look("سازمان نمونه", "واحد نمونه", "https://govah.example")


def page(statement: dict[str, Any]) -> Page:
    return page_of(check(letter_of(statement["types"]), statement), LOOK, "data:,")


def sentence(statement: dict[str, Any]) -> str:
    return str(page(statement).sentence.striptags()).replace("\u00a0", " ")


def test_the_sentence_of_a_long_record() -> None:
    contributions = [Contribution(JalaliMonth(1402, month), WORKSHOPS[0], 29, 1) for month in range(1, 13)]
    assert sentence(statement_of(contributions)) == (
        "به استحضار می‌رساند خانم زهرا احمدی‌نژاد، فرزند غلامرضا، متولد ۱۱ اردیبهشت ۱۳۶۰، به کد ملی "
        "۰۰۱۲۳۴۵۶۷۹ و شماره بیمه ۱۲۳۴۵۶۷۸، تا تاریخ مبنای ۱ آذر ۱۴۰۵ و بر پایه لیست‌های ماهانه "
        "کارفرمایان، دارای ۳۴۸ روز سابقه (۱۱ ماه و ۱۸ روز) در ۱ کارگاه، از فروردین ۱۴۰۲ تا اسفند ۱۴۰۲، "
        "است. این نامه به درخواست و با موافقت ایشان صادر شده و ریز سوابق به شرح زیر است."
    )


def test_what_a_list_left_blank_leaves_no_trace() -> None:
    person = person_of(first_name="", father_name="", sex="male")
    text = sentence(statement_of([], person=person))
    assert text.startswith("به استحضار می‌رساند آقای احمدی‌نژاد، متولد")


def test_a_single_month_is_no_period() -> None:
    text = sentence(statement_of([Contribution(JalaliMonth(1402, 7), WORKSHOPS[0], 30, 1)]))
    assert "دارای ۳۰ روز سابقه (۱ ماه) در ۱ کارگاه، در مهر ۱۴۰۲، است." in text


def test_lists_with_zero_days_are_a_record_of_zero_days() -> None:
    text = sentence(statement_of([Contribution(JalaliMonth(1402, 7), WORKSHOPS[0], 0, 0)]))
    assert "دارای ۰ روز سابقه در ۱ کارگاه، در مهر ۱۴۰۲، است." in text


def test_no_lists_are_no_record() -> None:
    text = sentence(statement_of([]))
    assert text.endswith("فاقد سابقه پرداخت حق بیمه است. این نامه به درخواست و با موافقت ایشان صادر شده است.")


@pytest.mark.parametrize(
    ("months", "words"),
    [
        (["1402-07"], "مهر ۱۴۰۲."),
        (["1402-07", "1402-08", "1402-07"], "مهر ۱۴۰۲ تا آبان ۱۴۰۲."),
        (["1402-01", "1401-12", "1400-05", "1401-11"], "مرداد ۱۴۰۰، بهمن ۱۴۰۱ تا فروردین ۱۴۰۲."),
    ],
)
def test_disputed_months_are_listed_as_ranges(months: list[str], words: str) -> None:
    notes = page(statement_of(career("1402-01", 1), disputed=months)).notes
    assert str(notes[0]).replace("\u00a0", " ").endswith(f"که در دست بررسی است: {words}")


@pytest.mark.parametrize(("types", "place"), [(TYPES, "سوابق تلفیقی"), (["wages"], "مجموع سابقه")])
def test_the_rule_of_counting_is_always_told(types: list[str], place: str) -> None:
    notes = [str(note) for note in page(statement_of(career("1402-01", 1), types)).notes]
    assert (
        f"در {place}، روزهای هر ماه از طول تقویمی آن بیشتر نمی‌شود؛ "
        "هر سال ۱۲ ماه و هر ماه ۳۰ روز محاسبه شده است."
    ) in notes
