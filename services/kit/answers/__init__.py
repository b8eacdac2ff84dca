"""Answers about a record instead of the record: catalogue of questions, their words, and the arithmetic."""

from services.kit.answers.arithmetic import (
    CLOSED_AFTER_DAYS,
    FactRow,
    Facts,
    compute_answers,
    find_closed_month,
)
from services.kit.answers.catalogue import (
    MAX_QUESTIONS,
    QUESTIONS,
    Answer,
    Parameter,
    ParameterKind,
    QuestionKind,
    describe_catalogue,
)
from services.kit.answers.digests import compute_answers_digest, format_name
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
    "CLOSED_AFTER_DAYS",
    "MAX_QUESTIONS",
    "QUESTIONS",
    "Answer",
    "FactRow",
    "Facts",
    "Parameter",
    "ParameterKind",
    "Question",
    "QuestionInvalid",
    "QuestionKind",
    "check_questions",
    "compute_answers",
    "compute_answers_digest",
    "describe_catalogue",
    "describe_question",
    "find_closed_month",
    "format_name",
    "is_about_wage",
    "normalise_padded_code",
    "parse_question",
]
