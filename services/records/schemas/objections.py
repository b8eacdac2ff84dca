"""Objections as people submit them, and as people and officers see them. Days are whole days."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.kit import fields
from services.kit.fields import Parsed
from services.kit.jalali import JalaliMonth
from services.kit.paging import PageQuery
from services.kit.problems import Text
from services.kit.text import normalise_digits, normalise_text, to_persian_digits
from services.records.actions.corrections import list_months_between
from services.records.actions.objections import Claim, MonthClaim, PeriodClaim
from services.records.models import ObjectionKind, ObjectionStatus
from services.records.schemas.accesses import build_reason_field
from services.records.schemas.records import Statement
from services.records.store.objections import UNNAMED

MAX_MONTHS = 480
MAX_TEXT_LENGTH = 2_000
MAX_NAME_LENGTH = 100

MISSING = Text("این فیلد لازم است.", "Missing data for required field.")
NOT_OF_KIND = Text(
    "این فیلد از نوع دیگر اعتراض است. آن را نفرستید.", "Belongs to the other kind. Leave it out."
)
TWICE = Text("این ماه و کارگاه دو بار آمده است.", "This month and workshop come twice.")
PERIOD_WRONG = Text("تاریخ پایان پیش از تاریخ آغاز است.", "The last day is before the first.")
PERIOD_LONG = Text(
    f"دوره حداکثر {to_persian_digits(MAX_MONTHS)} ماه است. آن را کوتاه‌تر کنید.",
    f"A period has {MAX_MONTHS} months at most. Make it shorter.",
)
WORKSHOP_WRONG = Text("کد کارگاه از ۱ تا ۱۰ نویسه است.", "A workshop code has 1 to 10 characters.")
TEXT_WRONG = Text("این متن پذیرفته نیست.", "This text is not accepted.")
FIELDS: Mapping[ObjectionKind, frozenset[str]] = {
    ObjectionKind.DAYS: frozenset({"months"}),
    ObjectionKind.MISSING_PERIOD: frozenset({"workshop_name", "city", "start", "end", "days"}),
}
OPTIONAL = frozenset({"workshop_code"})


def normalise_lines(text: str) -> str:
    """Return text of several lines with each line normalised, without blank lines at the edges."""
    return "\n".join(map(normalise_text, text.splitlines())).strip("\n")


def _parse_workshop_code(text: str) -> str:
    code = normalise_text(normalise_digits(text))
    if not 1 <= len(code) <= 10 or code == UNNAMED:
        raise ValueError("not a workshop code")
    return code


def _describe_excess(month: JalaliMonth) -> Text:
    return Text(
        f"روزهای {month.words} نمی‌تواند بیش از {to_persian_digits(month.days)} باشد.",
        f"{month.words_en} cannot exceed {month.days} days.",
    )


class ClaimedMonth(ma.Schema):
    """The days of a month in a workshop, as the person claims."""

    month = fields.JalaliMonth(data_key="month_jalali", required=True)
    workshop_code = Parsed(_parse_workshop_code, WORKSHOP_WRONG, required=True)
    days = ma.fields.Integer(required=True, strict=True, validate=validate.Range(min=0))

    @ma.validates_schema
    def _check_days(self, data: Mapping[str, Any], **_kw: Any) -> None:
        if data["days"] > data["month"].days:
            raise ma.ValidationError([_describe_excess(data["month"])], "days")

    @ma.post_load
    def _build_claim(self, data: dict[str, Any], **_kw: Any) -> MonthClaim:
        return MonthClaim(**data)


class NewObjection(ma.Schema):
    """`months` belong to the kind `days`, the workshop to `days` to the kind `missing-period`."""

    kind = ma.fields.Enum(ObjectionKind, by_value=True, required=True)
    text = Parsed(normalise_lines, TEXT_WRONG, required=True, validate=validate.Length(1, MAX_TEXT_LENGTH))
    months = ma.fields.List(ma.fields.Nested(ClaimedMonth), validate=validate.Length(1, MAX_MONTHS))
    workshop_name = Parsed(normalise_text, TEXT_WRONG, validate=validate.Length(1, MAX_NAME_LENGTH))
    workshop_code = Parsed(_parse_workshop_code, WORKSHOP_WRONG, allow_none=True)
    city = Parsed(normalise_text, TEXT_WRONG, validate=validate.Length(1, MAX_NAME_LENGTH))
    start = fields.JalaliDate(data_key="start_jalali")
    end = fields.JalaliDate(data_key="end_jalali")
    days = ma.fields.Integer(strict=True, validate=validate.Range(min=1))

    @ma.validates_schema
    def _check_kind(self, data: Mapping[str, Any], **_kw: Any) -> None:
        needed = FIELDS[data["kind"]]
        optional = OPTIONAL if data["kind"] is ObjectionKind.MISSING_PERIOD else frozenset()
        errors = dict.fromkeys(needed - data.keys(), MISSING)
        errors |= dict.fromkeys(data.keys() - needed - optional - {"kind", "text"}, NOT_OF_KIND)
        if errors:
            raise ma.ValidationError(
                {self.fields[name].data_key or name: [message] for name, message in sorted(errors.items())}
            )

    @ma.validates_schema
    def _check_duplicates(self, data: Mapping[str, Any], **_kw: Any) -> None:
        seen: set[tuple[JalaliMonth, str]] = set()
        for index, claimed in enumerate(data.get("months", [])):
            place = claimed.month, claimed.workshop_code
            if place in seen:
                raise ma.ValidationError({"months": {index: {"month_jalali": [TWICE]}}})
            seen.add(place)

    @ma.validates_schema
    def _check_period(self, data: Mapping[str, Any], **_kw: Any) -> None:
        if not {"start", "end", "days"} <= data.keys():
            return
        start, end = data["start"], data["end"]
        length = (end - start).days + 1
        if length < 1:
            raise ma.ValidationError([PERIOD_WRONG], "end_jalali")
        if len(list_months_between(start, end)) > MAX_MONTHS:
            raise ma.ValidationError([PERIOD_LONG], "end_jalali")
        if data["days"] > length:
            raise ma.ValidationError(
                [
                    Text(
                        f"این دوره {to_persian_digits(length)} روز دارد. بیش از آن ننویسید.",
                        f"This period has {length} days. Write no more.",
                    )
                ],
                "days",
            )

    @ma.post_load
    def _build_claim(self, data: dict[str, Any], **_kw: Any) -> Claim:
        if data["kind"] is ObjectionKind.DAYS:
            return Claim(data["text"], months=data["months"])
        period = {name: value for name, value in data.items() if name not in {"kind", "text"}}
        return Claim(data["text"], period=PeriodClaim(**period))


class TrueOrFalse(ma.fields.Boolean):
    """Only JSON's true and false, and no value that marshmallow converts to them."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kw: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class NewDecision(ma.Schema):
    accept = TrueOrFalse(required=True)
    reason = Parsed(normalise_lines, TEXT_WRONG, required=True, validate=validate.Length(1, MAX_TEXT_LENGTH))


class NewQuestion(ma.Schema):
    """An officer's question about an objection."""

    text = Parsed(normalise_lines, TEXT_WRONG, required=True, validate=validate.Length(1, MAX_TEXT_LENGTH))


class NewAnswer(NewQuestion):
    """The person's answer to an officer's question."""


class NewOpening(ma.Schema):
    reason = build_reason_field()


class ObjectionQuery(PageQuery):
    status = ma.fields.Enum(ObjectionStatus, by_value=True, load_default=None)


class MonthInObjection(ma.Schema):
    """`recorded_days` are the days of the record when the objection was written."""

    month_jalali = ma.fields.String(attribute="month")
    workshop_code = ma.fields.String()
    days = ma.fields.Integer()
    recorded_days = ma.fields.Integer()


class CorrectedMonth(ma.Schema):
    """`old_days` is null if the record had no such month; the code is "-" if the person gave no code."""

    month_jalali = ma.fields.String(attribute="month")
    workshop_code = ma.fields.String()
    old_days = ma.fields.Integer(allow_none=True)
    new_days = ma.fields.Integer()


class Objection(ma.Schema):
    """An objection as the person sees it; `reason` is null until it is decided."""

    id = ma.fields.UUID()
    kind = ma.fields.Enum(ObjectionKind, by_value=True)
    status = ma.fields.Enum(ObjectionStatus, by_value=True)
    tracking_number = ma.fields.String(allow_none=True)
    text = ma.fields.String()
    months = ma.fields.List(ma.fields.Nested(MonthInObjection))
    workshop_name = ma.fields.String(allow_none=True)
    workshop_code = ma.fields.String(allow_none=True)
    city = ma.fields.String(allow_none=True)
    start_jalali = fields.JalaliDate(attribute="start_date", allow_none=True)
    end_jalali = fields.JalaliDate(attribute="end_date", allow_none=True)
    days = ma.fields.Integer(allow_none=True)
    created_at = ma.fields.DateTime()
    submitted_at = ma.fields.DateTime(allow_none=True)
    decided_at = ma.fields.DateTime(allow_none=True)
    withdrawn_at = ma.fields.DateTime(allow_none=True)
    reason = ma.fields.String(attribute="visible_reason", allow_none=True)
    question = ma.fields.String(allow_none=True)
    question_at = ma.fields.DateTime(allow_none=True)
    answer = ma.fields.String(allow_none=True)
    answer_at = ma.fields.DateTime(allow_none=True)
    corrections = ma.fields.List(ma.fields.Nested(CorrectedMonth))


class ObjectionPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Objection))
    next_cursor = ma.fields.String(allow_none=True)


class Objector(ma.Schema):
    id = ma.fields.UUID()
    national_code = ma.fields.String(allow_none=True)
    first_name = ma.fields.String()
    last_name = ma.fields.String()


class OfficerObjection(Objection):
    """An objection as officers see it, also with a decision that is only proposed."""

    person = ma.fields.Nested(Objector)
    accept = ma.fields.Boolean(allow_none=True)
    reason = ma.fields.String(allow_none=True)
    proposed_by = ma.fields.String(allow_none=True)
    proposed_at = ma.fields.DateTime(allow_none=True)
    confirmed_by = ma.fields.String(allow_none=True)
    question_by = ma.fields.String(allow_none=True)


class OpenedObjection(ma.Schema):
    """The data for a decision: the objection, and the current statement with all tables."""

    objection = ma.fields.Nested(OfficerObjection)
    statement = ma.fields.Nested(Statement)


class SubmittedObjection(ma.Schema):
    """An objection without the person and their claim, which an officer needs a reason to see."""

    id = ma.fields.UUID()
    kind = ma.fields.Enum(ObjectionKind, by_value=True)
    status = ma.fields.Enum(ObjectionStatus, by_value=True)
    tracking_number = ma.fields.String()
    submitted_at = ma.fields.DateTime()
    accept = ma.fields.Boolean(allow_none=True)
    proposed_by = ma.fields.String(allow_none=True)
    proposed_at = ma.fields.DateTime(allow_none=True)
    confirmed_by = ma.fields.String(allow_none=True)
    decided_at = ma.fields.DateTime(allow_none=True)


class SubmittedObjectionPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(SubmittedObjection))
    next_cursor = ma.fields.String(allow_none=True)
