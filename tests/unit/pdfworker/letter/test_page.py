"""The texts of the first page, for every kind of record."""

from typing import Any

import pytest

from services.kit.jalali import JalaliMonth
from services.pdfworker.letter.page import Letterhead, Page, build_page
from services.pdfworker.letter.statement import parse_snapshot
from tests.unit.pdfworker.statements import (
    TYPES,
    WORKSHOPS,
    Contribution,
    build_career,
    build_letter,
    build_person,
    build_statement,
)

LETTERHEAD = Letterhead("سازمان نمونه", "واحد نمونه", "https://govah.example")


def build_test_page(statement: dict[str, Any]) -> Page:
    return build_page(parse_snapshot(build_letter(statement["types"]), statement), LETTERHEAD)


def build_sentence(statement: dict[str, Any]) -> str:
    return str(build_test_page(statement).sentence.striptags()).replace("\u00a0", " ")


def test_the_sentence_of_a_long_record() -> None:
    contributions = [Contribution(JalaliMonth(1402, month), WORKSHOPS[0], 29, 1) for month in range(1, 13)]
    assert build_sentence(build_statement(contributions)) == (
        "به استحضار می‌رساند خانم زهرا احمدی‌نژاد، فرزند غلامرضا، متولد ۱۱ اردیبهشت ۱۳۶۰، به کد ملی "
        "۰۰۱۲۳۴۵۶۷۹ و شماره بیمه ۱۲۳۴۵۶۷۸، تا تاریخ مبنای ۱ آذر ۱۴۰۵ و بر پایه لیست‌های ماهانه "
        "کارفرمایان، دارای ۳۴۸ روز سابقه (۱۱ ماه و ۱۸ روز) در ۱ کارگاه، از فروردین ۱۴۰۲ تا اسفند ۱۴۰۲، "
        "است. این نامه به درخواست و با موافقت ایشان صادر شده و ریز سوابق به شرح زیر است."
    )


def test_blank_fields_are_left_out() -> None:
    person = build_person(first_name="", father_name="", sex="male")
    text = build_sentence(build_statement([], person=person))
    assert text.startswith("به استحضار می‌رساند آقای احمدی‌نژاد، متولد")


def test_a_single_month_has_no_period() -> None:
    text = build_sentence(build_statement([Contribution(JalaliMonth(1402, 7), WORKSHOPS[0], 30, 1)]))
    assert "دارای ۳۰ روز سابقه (۱ ماه) در ۱ کارگاه، در مهر ۱۴۰۲، است." in text


def test_lists_with_zero_days_are_a_record_of_zero_days() -> None:
    text = build_sentence(build_statement([Contribution(JalaliMonth(1402, 7), WORKSHOPS[0], 0, 0)]))
    assert "دارای ۰ روز سابقه در ۱ کارگاه، در مهر ۱۴۰۲، است." in text


def test_a_person_without_lists_has_no_record() -> None:
    text = build_sentence(build_statement([]))
    assert text.endswith("فاقد سابقه پرداخت حق بیمه است. این نامه به درخواست و با موافقت ایشان صادر شده است.")


@pytest.mark.parametrize(
    ("months", "text"),
    [
        (["1402-07"], "مهر ۱۴۰۲."),
        (["1402-07", "1402-08", "1402-07"], "مهر ۱۴۰۲ تا آبان ۱۴۰۲."),
        (["1402-01", "1401-12", "1400-05", "1401-11"], "مرداد ۱۴۰۰، بهمن ۱۴۰۱ تا فروردین ۱۴۰۲."),
    ],
)
def test_disputed_months_are_listed_as_ranges(months: list[str], text: str) -> None:
    notes = build_test_page(build_statement(build_career("1402-01", 1), disputed=months)).notes
    assert str(notes[0]).replace("\u00a0", " ").endswith(f"که در دست بررسی است: {text}")


@pytest.mark.parametrize(("types", "place"), [(TYPES, "سوابق تلفیقی"), (["wages"], "مجموع سابقه")])
def test_the_rule_of_counting_is_always_noted(types: list[str], place: str) -> None:
    notes = [str(note) for note in build_test_page(build_statement(build_career("1402-01", 1), types)).notes]
    assert (
        f"در {place}، روزهای هر ماه از طول تقویمی آن بیشتر نمی‌شود؛ "
        "هر سال ۱۲ ماه و هر ماه ۳۰ روز محاسبه شده است."
    ) in notes
