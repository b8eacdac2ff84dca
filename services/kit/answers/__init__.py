"""Answers about a record instead of the record: catalogue of questions, their words, and the arithmetic."""

from services.kit.answers.catalogue import (
    MAX_QUESTIONS,
    QUESTIONS,
    Answer,
    Parameter,
    ParameterKind,
    QuestionKind,
    describe_catalogue,
)
from services.kit.answers.parsing import (
    Question,
    QuestionInvalid,
    check_questions,
    is_about_wage,
    normalise_padded_code,
    parse_question,
)
from services.kit.answers.sentences import describe_question

__all__ = [
    "MAX_QUESTIONS",
    "QUESTIONS",
    "Answer",
    "Parameter",
    "ParameterKind",
    "Question",
    "QuestionInvalid",
    "QuestionKind",
    "check_questions",
    "describe_catalogue",
    "describe_question",
    "is_about_wage",
    "normalise_padded_code",
    "parse_question",
]
