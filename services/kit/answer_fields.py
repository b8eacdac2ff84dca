"""Marshmallow schemas of questions and answers, which several services have in requests and responses.

A request has `questions = Questions()`, and a response `ma.fields.Nested(AnsweredQuestion)`.
"""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.kit.answers import (
    MAX_QUESTIONS,
    QUESTIONS,
    Answer,
    QuestionInvalid,
    check_questions,
    parse_question,
)


class Question(ma.Schema):
    """A question of the catalogue with its parameters; those of other questions must not be sent."""

    question = ma.fields.String(required=True, validate=validate.OneOf(list(QUESTIONS)))
    month_jalali = ma.fields.String()
    from_jalali = ma.fields.String()
    to_jalali = ma.fields.String()
    workshop_code = ma.fields.String()
    job_code = ma.fields.String()
    days = ma.fields.Integer(strict=True)
    months = ma.fields.Integer(strict=True)
    rials = ma.fields.Integer(strict=True)


class AnsweredQuestion(Question):
    """A question with its answer."""

    # As `compute_answers` and stored JSON have it.
    answer = ma.fields.String(validate=validate.OneOf([answer.value for answer in Answer]))


class ParsedQuestion(ma.fields.Nested):
    """A question, parsed by the catalogue; documented as the schema `Question`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Question, **options)

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        try:
            return parse_question(value)
        except QuestionInvalid as error:
            raise ma.ValidationError({error.field: [error.message]}) from error


class Questions(ma.fields.List[Any]):
    """One to five questions that may be asked together, parsed by the catalogue."""

    def __init__(self, **options: Any) -> None:
        length = validate.Length(1, MAX_QUESTIONS)
        super().__init__(ParsedQuestion(), validate=[length, _check_together], **options)


def _check_together(questions: list[Mapping[str, Any]]) -> None:
    try:
        check_questions(questions)
    except QuestionInvalid as error:
        raise ma.ValidationError([error.message]) from error
