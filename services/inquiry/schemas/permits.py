"""Permits, their views and the institutions."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.inquiry.models import PermitState, RegisteredKind, Result
from services.kit.answer_fields import Questions
from services.kit.fields import Line
from services.kit.paging import PageQuery
from services.kit.problems import Text

BY_FORM = "by form"
QUESTIONS_MISSING = Text("از ۱ تا ۵ پرسش بفرستید.", "Send 1 to 5 questions.")
QUESTIONS_OF_LETTER = Text(
    "پرسش تنها با reveal برابر answers فرستاده می‌شود.", "Questions belong to `reveal: answers` only."
)


class NewPermit(ma.Schema):
    letter_id = ma.fields.UUID(required=True)
    valid_days = ma.fields.Integer(required=True, strict=True, validate=validate.Range(1, 365))
    max_views = ma.fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 1000)
    )
    institution_id = ma.fields.UUID(load_default=None, allow_none=True)
    label = Line(60, load_default=None, allow_none=True)
    reveal = ma.fields.Enum(RegisteredKind, by_value=True, load_default=RegisteredKind.LETTER)
    questions = Questions(
        load_default=list, metadata={"description": "what only `reveal: answers` has: 1 to 5 questions"}
    )

    @ma.validates_schema(skip_on_field_errors=True)
    def _check_questions(self, data: Mapping[str, Any], **_kw: Any) -> None:
        is_answers = data["reveal"] is RegisteredKind.ANSWERS
        if is_answers != bool(data["questions"]):
            raise ma.ValidationError([QUESTIONS_MISSING if is_answers else QUESTIONS_OF_LETTER], "questions")


class IssuedPermit(ma.Schema):
    id = ma.fields.UUID(required=True)
    code = ma.fields.String(
        required=True, metadata={"description": "16 digits in 4×4, shown in this reply only"}
    )
    expires_at = ma.fields.AwareDateTime(required=True)


class Institution(ma.Schema):
    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)


class Permit(ma.Schema):
    id = ma.fields.UUID(required=True)
    letter_id = ma.fields.UUID(required=True)
    serial = ma.fields.String(required=True)
    letter_issued_at = ma.fields.AwareDateTime(required=True)
    label = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "what its owner calls it, for the owner only"},
    )
    state = ma.fields.Enum(PermitState, by_value=True, required=True)
    reveal = ma.fields.Enum(
        RegisteredKind,
        by_value=True,
        required=True,
        metadata={"description": "whether it shows the letter or only answers, whose `serial` it then has"},
    )
    created_at = ma.fields.AwareDateTime(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)
    max_views = ma.fields.Integer(required=True, allow_none=True)
    view_count = ma.fields.Integer(required=True)
    institution = ma.fields.Nested(Institution, required=True, allow_none=True)
    issued_by = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "the representative who issued it for the person; null: the person"},
    )


class View(ma.Schema):
    id = ma.fields.UUID(required=True)
    time = ma.fields.AwareDateTime(required=True, attribute="at")
    institution = ma.fields.Function(
        lambda inquiry: inquiry.institution_name or BY_FORM,
        metadata={"type": "string", "description": f'the institution\'s name, or "{BY_FORM}"'},
    )
    claimed_institution = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": f'who an inquirer "{BY_FORM}" says to be; nobody has checked it'},
    )
    purpose = ma.fields.String(required=True, allow_none=True)
    result = ma.fields.Enum(Result, by_value=True, required=True)


class PermitQuery(PageQuery):
    letter_id = ma.fields.UUID(load_default=None, metadata={"description": "only permits of this letter"})


class PermitPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Permit), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class ViewPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(View), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class InstitutionPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Institution), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)
