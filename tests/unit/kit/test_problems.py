"""The problem document in both languages."""

import copy
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import LanguageAccept

from services.kit import problems
from services.kit.problems import Problem, Text, TooManyAttempts, ValidationFailed, select_language

EVERY_PROBLEM = [
    kind
    for kind in vars(problems).values()
    if isinstance(kind, type) and issubclass(kind, Problem) and kind is not ValidationFailed
]


class OfferEnded(Problem):
    status, code = 410, "offer-ended"
    detail: ClassVar[Text] = Text("{name}: {count} روز پیش پایان یافت.", "{name}: ended {count} days ago.")


def test_words_fill_the_detail_and_numbers_are_written_as_the_language_writes_them() -> None:
    problem = OfferEnded(name="{count}", count=12, extra={"offer_id": 12})
    assert problem.build_document("fa", "r")["detail"] == "{count}: ۱۲ روز پیش پایان یافت."
    assert problem.build_document("en", "r")["detail"] == "{count}: ended 12 days ago."
    assert problem.build_document("fa", "r")["offer_id"] == 12


@pytest.mark.parametrize("kind", EVERY_PROBLEM, ids=lambda kind: kind.code)
def test_every_problem_has_words_in_both_languages(kind: type[Problem]) -> None:
    problem = kind(61) if kind is TooManyAttempts else kind(limit="64 KiB") if "{" in kind.detail else kind()
    persian, english = problem.build_document("fa", "r"), problem.build_document("en", "r")
    assert persian["title"] != english["title"]
    assert not set("{}") & set(persian["detail"] + english["detail"])
    assert (persian["status"], persian["code"]) == (kind.status, kind.code)


def test_minutes_of_waiting_are_rounded_up() -> None:
    assert "۲ دقیقه" in TooManyAttempts(61).build_document("fa", "r")["detail"]
    assert "۱ دقیقه" in TooManyAttempts(1).build_document("fa", "r")["detail"]
    assert TooManyAttempts(61).build_headers()["Retry-After"] == "61"


def test_unauthorised_response_names_the_scheme() -> None:
    assert problems.TokenMissing().build_headers()["WWW-Authenticate"] == 'Bearer realm="govah"'


def test_problem_can_be_built_in_both_languages_in_turn() -> None:
    failed = ValidationFailed(("months.0", Text("نه", "no")))
    assert failed.build_document("fa", "r")["errors"] == [{"field": "months.0", "message": "نه"}]
    assert failed.build_document("en", "r")["errors"] == [{"field": "months.0", "message": "no"}]


def test_text_is_its_english_words_and_copies_keep_both() -> None:
    text = Text("سلام {name}", "Hello {name}")
    assert text == "Hello {name}"
    for same in (copy.copy(text), copy.deepcopy(text), text):
        assert same.format(name="ب").fa == "سلام ب"
        assert same.format(name="B").pick("en") == "Hello B"


@given(st.lists(st.tuples(st.text(max_size=8), st.floats(0, 1)), max_size=6))
def test_some_language_is_chosen_whatever_the_caller_sends(accepted: list[tuple[str, float]]) -> None:
    assert select_language(LanguageAccept(accepted)) in {"fa", "en"}
