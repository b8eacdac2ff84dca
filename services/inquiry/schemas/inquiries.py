"""Inquiries and their answers."""

import re
from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import validate

from govah_verify.check_digit import has_valid_check_digit
from services.inquiry.actions.codes import CODE_LENGTH, parse_code
from services.inquiry.actions.documents import MAX_TICKET_MINUTES, TICKET_MINUTES
from services.inquiry.actions.notices import NoticeCode
from services.inquiry.models import LetterState, ObjectionStatus, PermitState, Result
from services.kit.answer_fields import AnsweredQuestion
from services.kit.fields import MAX_TYPED_CODE, Digits, Line, Parsed, explain_national_code
from services.kit.national_code import is_national_code
from services.kit.paging import PageQuery
from services.kit.problems import Text
from services.kit.text import normalise_code, normalise_digits

INSURANCE_NUMBER_INVALID = Text(
    "شماره بیمه حداکثر ۱۰ رقم است. آن را دوباره بررسی کنید.",
    "An insurance number has no more than 10 digits. Check it again.",
)
ONE_OF_TWO = Text(
    "کد ملی را بنویسید، یا شماره بیمه کسی را که کد ملی ندارد؛ یکی از دو.",
    "Enter the national code, or the insurance number of a person without one; one of the two.",
)
REFERENCE = re.compile("[A-Za-z0-9._-]{1,64}")
REFERENCE_WRONG = Text(
    "شماره ارجاع از ۱ تا ۶۴ نویسه است: حروف انگلیسی، رقم، نقطه، خط تیره و زیرخط.",
    "A reference has 1 to 64 characters: English letters, digits, dots, hyphens and underscores.",
)
REFERENCE_PERSONAL = Text(
    "این کد ملی یا کد رمز است. شماره‌ای از بایگانی خود بنویسید که داده شخصی نباشد.",
    "This is a national code or a secret code. Use a number of your own file that is not personal data.",
)


def parse_insurance_number(typed: str) -> str:
    """Return typed digits without leading zeros, as records has them. Raises ValueError.

    Letters print a number without its zeros, so it may have fewer digits than the booklet's eight.
    """
    number = normalise_code(typed) if len(typed) <= MAX_TYPED_CODE else ""
    if len(number) > 10 or not number.strip("0"):
        raise ValueError("not an insurance number")
    return number.lstrip("0")


class TypedCode(ma.fields.String):
    """A secret code. A wrong check digit is the problem `code-mistyped`."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        return parse_code(super()._deserialize(value, *args, **kwargs)[:MAX_TYPED_CODE])


class Reference(ma.fields.String):
    """An institution's own reference of an inquiry: no national code and no secret code."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = normalise_digits(super()._deserialize(value, *args, **kwargs)).strip()
        if not REFERENCE.fullmatch(text):
            raise ma.ValidationError([REFERENCE_WRONG])
        # The digits as they stand, and without marks between them.
        for digits in {*re.findall("[0-9]+", text), re.sub("[._-]", "", text)}:
            if is_national_code(digits) or (len(digits) == CODE_LENGTH and has_valid_check_digit(digits)):
                raise ma.ValidationError([REFERENCE_PERSONAL])
        return text


class NewInquiry(ma.Schema):
    # A wrong check digit passes, so that the reply is the same as for any other wrong code.
    national_code = Digits(10, explain_national_code, load_default=None, allow_none=True)
    insurance_number = Parsed(
        parse_insurance_number,
        INSURANCE_NUMBER_INVALID,
        load_default=None,
        allow_none=True,
        metadata={"description": "instead of `national_code`, for people without one"},
    )
    code = TypedCode(required=True)
    purpose = Line(200, load_default=None, allow_none=True)
    institution_name = Line(
        100,
        load_default=None,
        allow_none=True,
        metadata={"description": "who inquires, by their own words; ignored with an institution's token"},
    )
    reference = Reference(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "the institution's own reference, shown in its history; ignored without a token",
            "pattern": REFERENCE.pattern,
            "maxLength": 64,
        },
    )
    document_minutes = ma.fields.Integer(
        load_default=TICKET_MINUTES,
        strict=True,
        validate=validate.Range(1, MAX_TICKET_MINUTES),
        metadata={"description": "how long `document_url` is valid"},
    )

    @ma.validates_schema(skip_on_field_errors=True)
    def _check_person(self, data: Mapping[str, Any], **_kw: Any) -> None:
        if (data["national_code"] is None) == (data["insurance_number"] is None):
            raise ma.ValidationError([ONE_OF_TWO], "national_code")


class AnsweredLetter(ma.Schema):
    serial = ma.fields.String(required=True)
    issued_at = ma.fields.String(required=True, metadata={"format": "date-time"})
    types = ma.fields.List(ma.fields.String(), required=True)
    sha256 = ma.fields.String(required=True)
    state = ma.fields.Enum(LetterState, by_value=True, required=True)


class BothLanguages(ma.Schema):
    fa = ma.fields.String(required=True)
    en = ma.fields.String(required=True)


class Notice(ma.Schema):
    code = ma.fields.Enum(NoticeCode, by_value=True, required=True)
    message = ma.fields.Nested(BothLanguages, required=True)
    since = ma.fields.AwareDateTime(required=True, allow_none=True)
    months = ma.fields.List(ma.fields.String(), required=True)


class ShownObjection(ma.Schema):
    status = ma.fields.Enum(
        ObjectionStatus,
        by_value=True,
        required=True,
        metadata={"description": "submitted: open now; else how it ended after the letter was made"},
    )
    months = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": "months that the letter shows, sorted"}
    )
    submitted_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    decided_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class ShownAnswers(ma.Schema):
    """What a permit shows that reveals only answers; `jws` is the same, signed."""

    serial = ma.fields.String(required=True)
    state = ma.fields.Enum(LetterState, by_value=True, required=True)
    issued_at = ma.fields.AwareDateTime(required=True)
    ends_at = ma.fields.AwareDateTime(required=True)
    national_code = ma.fields.String(required=True, allow_none=True)
    name = ma.fields.String(required=True)
    as_of_jalali = ma.fields.String(required=True)
    closed_until_jalali = ma.fields.String(
        required=True, metadata={"description": "the newest month whose lists are complete"}
    )
    answers = ma.fields.List(ma.fields.Nested(AnsweredQuestion), required=True)
    jws = ma.fields.String(required=True, metadata={"description": "`typ: govah-answers+jwt`"})


class InquiryAnswer(ma.Schema):
    """What a permit shows: letter, person, statement and document_url, or in their place `answers`."""

    inquiry_id = ma.fields.UUID(required=True)
    letter = ma.fields.Nested(AnsweredLetter)
    answers = ma.fields.Nested(
        ShownAnswers, metadata={"description": "of a permit that reveals only answers, in place of the rest"}
    )
    notices = ma.fields.List(
        ma.fields.Nested(Notice),
        required=True,
        metadata={"description": "what to know besides the figures: an outdated letter, disputed months"},
    )
    objections = ma.fields.List(
        ma.fields.Nested(ShownObjection),
        required=True,
        metadata={"description": "objections to months that the letter shows, as they stand now"},
    )
    objections_as_of = ma.fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "the moment as of which `objections` is complete; null: that is not known"},
    )
    person = ma.fields.Dict()
    statement = ma.fields.Dict(
        metadata={
            "description": "as the letter shows it; `disputed_months` and all else are as of its `as_of`"
        },
    )
    # Null until receipts are offered.
    receipt = ma.fields.String(required=True, allow_none=True)
    document_url = ma.fields.String(metadata={"format": "uri-reference"})


# To its institution, the permit of another institution is the same as none.
SENT_RESULTS = [result.value for result in Result if result is not Result.OTHER_INSTITUTION]


class InquiryQuery(PageQuery):
    result = ma.fields.String(
        load_default=None,
        validate=validate.OneOf(
            [result.value for result in Result if result is not Result.OTHER_INSTITUTION]
        ),
    )
    reference = Reference(load_default=None)


class SentInquiry(ma.Schema):
    """An inquiry as its institution finds it again; it names no person."""

    id = ma.fields.UUID(required=True, metadata={"description": "of an answered inquiry its `inquiry_id`"})
    time = ma.fields.AwareDateTime(required=True, attribute="at")
    by = ma.fields.String(
        required=True, attribute="subject", metadata={"description": "the `sub` of the clerk or the client"}
    )
    purpose = ma.fields.String(required=True, allow_none=True)
    reference = ma.fields.String(required=True, allow_none=True)
    result = ma.fields.Enum(Result, by_value=True, required=True)
    serial = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "of the letter; null for a wrong pair"}
    )


class SentInquiryPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(SentInquiry), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class InquiryState(ma.Schema):
    inquiry_id = ma.fields.UUID(required=True)
    permit_state = ma.fields.Enum(PermitState, by_value=True, required=True)
