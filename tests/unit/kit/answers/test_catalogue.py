"""Questions of the catalogue: what is accepted, in which form, and their words."""

from typing import Any

import marshmallow as ma
import pytest

from services.kit.answer_fields import AnsweredQuestion, Questions
from services.kit.answers import (
    QUESTIONS,
    QuestionInvalid,
    check_questions,
    describe_catalogue,
    describe_question,
    parse_question,
)
from services.kit.jalali import JalaliMonth

EXAMPLES: list[dict[str, Any]] = [
    {"question": "insured_in_month", "month_jalali": "1403-07"},
    {"question": "insured_recently"},
    {"question": "employed_recently_at", "workshop_code": "0012345678"},
    {"question": "days_at_least", "days": 360},
    {"question": "days_at_least", "days": 360, "to_jalali": "1404-06"},
    {"question": "days_at_least", "days": 30, "from_jalali": "1403-07", "to_jalali": "1404-06"},
    {"question": "no_days_between", "from_jalali": "1403-07", "to_jalali": "1403-07"},
    {"question": "continuous_months_at_least", "months": 12},
    {"question": "in_job_at_least", "job_code": "000007", "months": 24},
    {"question": "average_wage_at_least", "rials": 100_000_000, "months": 6},
]


@pytest.mark.parametrize("question", EXAMPLES)
def test_question_in_its_canonical_form_stays(question: dict[str, Any]) -> None:
    assert parse_question(question) == question


def test_every_question_has_an_example() -> None:
    assert {question["question"] for question in EXAMPLES} == set(QUESTIONS)


def test_typed_digits_and_short_codes_are_stored_in_one_form() -> None:
    assert parse_question({"question": "insured_in_month", "month_jalali": "۱۴۰۳-۰۷"}) == EXAMPLES[0]
    assert parse_question({"question": "employed_recently_at", "workshop_code": "۱۲۳۴۵۶۷۸"}) == EXAMPLES[2]
    assert parse_question({"months": 24, "job_code": "7", "question": "in_job_at_least"}) == EXAMPLES[8]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ("insured_recently", "question"),
        ({}, "question"),
        ({"question": "salary"}, "question"),
        ({"question": ["insured_recently"]}, "question"),
        ({"question": "insured_in_month"}, "month_jalali"),
        ({"question": "insured_in_month", "month_jalali": "1403-13"}, "month_jalali"),
        ({"question": "insured_in_month", "month_jalali": 140307}, "month_jalali"),
        ({"question": "insured_recently", "months": 3}, "months"),
        ({"question": "employed_recently_at", "workshop_code": "-"}, "workshop_code"),
        ({"question": "employed_recently_at", "workshop_code": "0"}, "workshop_code"),
        ({"question": "employed_recently_at", "workshop_code": "12345678901"}, "workshop_code"),
        ({"question": "days_at_least", "days": 365}, "days"),
        ({"question": "days_at_least", "days": 0}, "days"),
        ({"question": "days_at_least", "days": True}, "days"),
        ({"question": "days_at_least", "days": 30.0}, "days"),
        ({"question": "days_at_least", "days": "30"}, "days"),
        ({"question": "days_at_least", "days": 21_630}, "days"),
        ({"question": "no_days_between", "from_jalali": "1403-07"}, "to_jalali"),
        (
            {"question": "no_days_between", "from_jalali": "1403-07", "to_jalali": "1403-06"},
            "to_jalali",
        ),
        ({"question": "average_wage_at_least", "rials": 50_000_001, "months": 3}, "rials"),
        ({"question": "average_wage_at_least", "rials": 50_000_000, "months": 4}, "months"),
        ({"question": "in_job_at_least", "job_code": "1234567", "months": 1}, "job_code"),
    ],
)
def test_invalid_question_names_its_field(sent: Any, field: str) -> None:
    with pytest.raises(QuestionInvalid) as caught:
        parse_question(sent)
    assert caught.value.field == field
    assert caught.value.message.fa


def test_only_one_question_about_wages_and_five_in_all() -> None:
    wages = [EXAMPLES[9], {**EXAMPLES[9], "months": 3}]
    for questions in (wages, [], [EXAMPLES[1]] * 6):
        with pytest.raises(QuestionInvalid):
            check_questions(questions)
    check_questions([EXAMPLES[1]] * 4 + wages[:1])


def test_field_reports_the_place_of_an_error() -> None:
    schema = ma.Schema.from_dict({"questions": Questions(required=True)})()
    assert schema.load({"questions": EXAMPLES[:5]})["questions"] == EXAMPLES[:5]
    errors = schema.validate({"questions": [EXAMPLES[0], {"question": "days_at_least", "days": 31}]})
    assert list(errors["questions"][1]) == ["days"]
    assert schema.validate({"questions": []})["questions"]


def test_answered_question_has_only_its_own_parameters() -> None:
    answered = {**EXAMPLES[3], "answer": "yes"}
    assert AnsweredQuestion().load(answered) == answered
    assert AnsweredQuestion().dump(answered) == answered


@pytest.mark.parametrize("question", EXAMPLES)
def test_every_question_is_a_sentence_in_both_languages(question: dict[str, Any]) -> None:
    for language, mark in (("fa", "؟"), ("en", "?")):
        assert describe_question(question, language).endswith(mark)
    closed = describe_question({"question": "insured_recently"}, "fa", JalaliMonth(1405, 6))
    assert closed == "آیا در شهریور ۱۴۰۵ یا پس از آن بیمه بوده است؟"


def test_catalogue_has_words_and_steps() -> None:
    by_name = {question["question"]: question for question in describe_catalogue()}
    assert by_name["average_wage_at_least"]["parameters"][0]["step"] == 50_000_000
    assert by_name["average_wage_at_least"]["parameters"][1]["choices"] == [3, 6, 12]
    assert by_name["insured_recently"]["parameters"] == []
