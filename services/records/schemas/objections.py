"""Objections as people write them, and as they and officers see them. Days are whole days."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.kit import fields
from services.kit.fields import Parsed
from services.kit.jalali import JalaliMonth
from services.kit.paging import PageQuery
from services.kit.problems import Text
from services.kit.text import normalise_digits, normalise_text, persian_digits
from services.records.actions.corrections import months_between
from services.records.actions.objections import Claim, MonthClaim, PeriodClaim
from services.records.models import ObjectionKind, ObjectionStatus
from services.records.schemas.accesses import reason_for_look
from services.records.schemas.records import Statement
from services.records.store.objections import UNNAMED

MOST_MONTHS = 480
LONGEST_TEXT = 2_000
LONGEST_NAME = 100

MISSING = Text("این فیلد لازم است.", "Missing data for required field.")
NOT_OF_KIND = Text(
    "این فیلد از نوع دیگر اعتراض است. آن را نفرستید.", "Belongs to the other kind. Leave it out."
)
TWICE = Text("این ماه و کارگاه دو بار آمده است.", "This month and workshop come twice.")
PERIOD_WRONG = Text("تاریخ پایان پیش از تاریخ آغاز است.", "The last day is before the first.")
PERIOD_LONG = Text(
    f"دوره حداکثر {persian_digits(MOST_MONTHS)} ماه است. آن را کوتاه‌تر کنید.",
    f"A period has {MOST_MONTHS} months at most. Make it shorter.",
)
WORKSHOP_WRONG = Text("کد کارگاه از ۱ تا ۱۰ نویسه است.", "A workshop code has 1 to 10 characters.")
TEXT_WRONG = Text("این متن پذیرفته نیست.", "This text is not accepted.")
FIELDS: Mapping[ObjectionKind, frozenset[str]] = {
    ObjectionKind.DAYS: frozenset({"months"}),
    ObjectionKind.MISSING_PERIOD: frozenset({"workshop_name", "city", "start", "end", "days"}),
}
OPTIONAL = frozenset({"workshop_code"})


def normalise_lines(text: str) -> str:
    """Return text of several lines, each as one line is kept, without empty ones at the edges."""
    return "\n".join(map(normalise_text, text.splitlines())).strip("\n")


def _workshop_code(text: str) -> str:
    code = normalise_text(normalise_digits(text))
    if not 1 <= len(code) <= 10 or code == UNNAMED:
        raise ValueError("not a workshop code")
    return code


def _cannot_exceed(month: JalaliMonth) -> Text:
    return Text(
        f"روزهای {month.words} نمی‌تواند بیش از {persian_digits(month.days)} باشد.",
        f"{month.words_en} cannot exceed {month.days} days.",
    )


class ClaimedMonth(ma.Schema):
    """What the days of a month in a workshop are in truth."""

    month = fields.JalaliMonth(data_key="month_jalali", required=True)
    workshop_code = Parsed(_workshop_code, WORKSHOP_WRONG, required=True)
    days = ma.fields.Integer(required=True, strict=True, validate=validate.Range(min=0))

    @ma.validates_schema
    def _in_the_month(self, data: Mapping[str, Any], **_kw: Any) -> None:
        if data["days"] > data["month"].days:
            raise ma.ValidationError([_cannot_exceed(data["month"])], "days")

    @ma.post_load
    def _claim(self, data: dict[str, Any], **_kw: Any) -> MonthClaim:
        return MonthClaim(**data)


class NewObjection(ma.Schema):
    """`months` belong to the kind `days`, the workshop to `days` to the kind `missing-period`."""

    kind = ma.fields.Enum(ObjectionKind, by_value=True, required=True)
    text = Parsed(normalise_lines, TEXT_WRONG, required=True, validate=validate.Length(1, LONGEST_TEXT))
    months = ma.fields.List(ma.fields.Nested(ClaimedMonth), validate=validate.Length(1, MOST_MONTHS))
    workshop_name = Parsed(normalise_text, TEXT_WRONG, validate=validate.Length(1, LONGEST_NAME))
    workshop_code = Parsed(_workshop_code, WORKSHOP_WRONG, allow_none=True)
    city = Parsed(normalise_text, TEXT_WRONG, validate=validate.Length(1, LONGEST_NAME))
    start = fields.JalaliDate(data_key="start_jalali")
    end = fields.JalaliDate(data_key="end_jalali")
    days = ma.fields.Integer(strict=True, validate=validate.Range(min=1))

    @ma.validates_schema
    def _of_one_kind(self, data: Mapping[str, Any], **_kw: Any) -> None:
        needed = FIELDS[data["kind"]]
        optional = OPTIONAL if data["kind"] is ObjectionKind.MISSING_PERIOD else frozenset()
        refused = dict.fromkeys(needed - data.keys(), MISSING)
        refused |= dict.fromkeys(data.keys() - needed - optional - {"kind", "text"}, NOT_OF_KIND)
        if refused:
            raise ma.ValidationError(
                {self.fields[name].data_key or name: [message] for name, message in sorted(refused.items())}
            )

    @ma.validates_schema
    def _each_month_once(self, data: Mapping[str, Any], **_kw: Any) -> None:
        seen: set[tuple[JalaliMonth, str]] = set()
        for index, claimed in enumerate(data.get("months", [])):
            place = claimed.month, claimed.workshop_code
            if place in seen:
                raise ma.ValidationError({"months": {index: {"month_jalali": [TWICE]}}})
            seen.add(place)

    @ma.validates_schema
    def _period(self, data: Mapping[str, Any], **_kw: Any) -> None:
        if not {"start", "end", "days"} <= data.keys():
            return
        start, end = data["start"], data["end"]
        length = (end - start).days + 1
        if length < 1:
            raise ma.ValidationError([PERIOD_WRONG], "end_jalali")
        if len(months_between(start, end)) > MOST_MONTHS:
            raise ma.ValidationError([PERIOD_LONG], "end_jalali")
        if data["days"] > length:
            raise ma.ValidationError(
                [
                    Text(
                        f"این دوره {persian_digits(length)} روز دارد. بیش از آن ننویسید.",
                        f"This period has {length} days. Write no more.",
                    )
                ],
                "days",
            )

    @ma.post_load
    def _claim(self, data: dict[str, Any], **_kw: Any) -> Claim:
        if data["kind"] is ObjectionKind.DAYS:
            return Claim(data["text"], months=data["months"])
        period = {name: value for name, value in data.items() if name not in {"kind", "text"}}
        return Claim(data["text"], period=PeriodClaim(**period))


class TrueOrFalse(ma.fields.Boolean):
    """JSON's true and false, and nothing that Python takes for them."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kw: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Decision(ma.Schema):
    accept = TrueOrFalse(required=True)
    reason = Parsed(normalise_lines, TEXT_WRONG, required=True, validate=validate.Length(1, LONGEST_TEXT))


class Opening(ma.Schema):
    reason = reason_for_look()


class ObjectionsQuery(PageQuery):
    status = ma.fields.Enum(ObjectionStatus, by_value=True, load_default=None)


class MonthInObjection(ma.Schema):
    """`recorded_days` is what the record said when this was written."""

    month_jalali = ma.fields.String(attribute="month")
    workshop_code = ma.fields.String()
    days = ma.fields.Integer()
    recorded_days = ma.fields.Integer()


class CorrectedMonth(ma.Schema):
    """`old_days` is null where the record said nothing; the code is "-" where the person named none."""

    month_jalali = ma.fields.String(attribute="month")
    workshop_code = ma.fields.String()
    old_days = ma.fields.Integer(allow_none=True)
    new_days = ma.fields.Integer()


class Objection(ma.Schema):
    """An objection as the person sees it; `reason` is told once it is decided."""

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
    reason = ma.fields.String(attribute="told_reason", allow_none=True)
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
    """An objection as officers see it, with a decision that is proposed only."""

    person = ma.fields.Nested(Objector)
    accept = ma.fields.Boolean(allow_none=True)
    reason = ma.fields.String(allow_none=True)
    proposed_by = ma.fields.String(allow_none=True)
    proposed_at = ma.fields.DateTime(allow_none=True)
    confirmed_by = ma.fields.String(allow_none=True)


class OpenedObjection(ma.Schema):
    """What an officer needs to decide: the objection, and the record as it is now, with all tables."""

    objection = ma.fields.Nested(OfficerObjection)
    statement = ma.fields.Nested(Statement)


class WaitingObjection(ma.Schema):
    """An objection without the person and what the person says, which take a reason to see."""

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


class WaitingObjectionPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(WaitingObjection))
    next_cursor = ma.fields.String(allow_none=True)
