"""Objections as people write them. Days are whole days."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.kit import fields
from services.kit.fields import Parsed
from services.kit.jalali import JalaliMonth
from services.kit.problems import Text
from services.kit.text import normalise_digits, normalise_text, to_persian_digits
from services.records.actions.corrections import list_months_between
from services.records.actions.objections import Claim, MonthClaim, PeriodClaim
from services.records.actions.typed_names import find_name_fault
from services.records.lists.canonical import canonicalise_workshop_code
from services.records.models import ObjectionKind, Sex
from services.records.store.objections import UNNAMED

MAX_MONTHS = 480
MAX_TEXT_LENGTH = 2_000
MAX_NAME_LENGTH = 100
MAX_DISCREPANCIES = 20

MISSING = Text("این فیلد لازم است.", "Missing data for required field.")
NOT_OF_KIND = Text(
    "این فیلد از نوع دیگر اعتراض است. آن را نفرستید.", "Belongs to another kind. Leave it out."
)
TWICE = Text("این ماه و کارگاه دو بار آمده است.", "This month and workshop come twice.")
PERIOD_WRONG = Text("تاریخ پایان پیش از تاریخ آغاز است.", "The last day is before the first.")
PERIOD_LONG = Text(
    f"دوره حداکثر {to_persian_digits(MAX_MONTHS)} ماه است. آن را کوتاه‌تر کنید.",
    f"A period has {MAX_MONTHS} months at most. Make it shorter.",
)
WORKSHOP_WRONG = Text("کد کارگاه از ۱ تا ۱۰ نویسه است.", "A workshop code has 1 to 10 characters.")
FIELDS_MISSING = Text(
    "دست‌کم یکی از مشخصات را که نادرست ثبت شده است بنویسید.",
    "Write at least one field that is recorded wrongly.",
)
TEXT_WRONG = Text("این متن پذیرفته نیست.", "This text is not accepted.")
FIELDS: Mapping[ObjectionKind, frozenset[str]] = {
    ObjectionKind.DAYS: frozenset({"months"}),
    ObjectionKind.MISSING_PERIOD: frozenset({"workshop_name", "city", "start", "end", "days"}),
    ObjectionKind.IDENTITY: frozenset({"identity"}),
}
OPTIONAL: Mapping[ObjectionKind, frozenset[str]] = {
    ObjectionKind.DAYS: frozenset({"discrepancy_ids"}),
    ObjectionKind.MISSING_PERIOD: frozenset({"workshop_code", "discrepancy_ids"}),
    ObjectionKind.IDENTITY: frozenset(),
}


def normalise_lines(text: str) -> str:
    """Return text of several lines with each line normalised, without blank lines at the edges."""
    return "\n".join(map(normalise_text, text.splitlines())).strip("\n")


def _parse_workshop_code(text: str) -> str:
    code = normalise_text(normalise_digits(text))
    if not 1 <= len(code) <= 10 or code == UNNAMED:
        raise ValueError("not a workshop code")
    return code


def _parse_canonical_workshop_code(text: str) -> str:
    return canonicalise_workshop_code(_parse_workshop_code(text))


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


def _build_name_field() -> Parsed:
    return Parsed(
        normalise_text, TEXT_WRONG, validate=[validate.Length(1, MAX_NAME_LENGTH), _check_person_name]
    )


def _check_person_name(name: str) -> None:
    if fault := find_name_fault(name):
        raise ma.ValidationError([fault])


class ClaimedIdentity(ma.Schema):
    """The fields of the identity that are recorded wrongly, as the person claims; at least one."""

    first_name = _build_name_field()
    last_name = _build_name_field()
    father_name = _build_name_field()
    birth_date_jalali = fields.JalaliDate()
    sex = ma.fields.Enum(Sex, by_value=True)
    insurance_number = Parsed(fields.parse_insurance_number, fields.INSURANCE_NUMBER_INVALID)

    @ma.validates_schema(skip_on_field_errors=True)
    def _check_fields(self, data: Mapping[str, Any], **_kw: Any) -> None:
        if not data:
            raise ma.ValidationError([FIELDS_MISSING])


class NewObjection(ma.Schema):
    """`months` belong to the kind `days`, `fields` to `identity`, the others to `missing-period`."""

    kind = ma.fields.Enum(ObjectionKind, by_value=True, required=True)
    text = Parsed(normalise_lines, TEXT_WRONG, required=True, validate=validate.Length(1, MAX_TEXT_LENGTH))
    months = ma.fields.List(ma.fields.Nested(ClaimedMonth), validate=validate.Length(1, MAX_MONTHS))
    workshop_name = Parsed(normalise_text, TEXT_WRONG, validate=validate.Length(1, MAX_NAME_LENGTH))
    workshop_code = Parsed(_parse_canonical_workshop_code, WORKSHOP_WRONG, allow_none=True)
    city = Parsed(normalise_text, TEXT_WRONG, validate=validate.Length(1, MAX_NAME_LENGTH))
    start = fields.JalaliDate(data_key="start_jalali")
    end = fields.JalaliDate(data_key="end_jalali")
    days = ma.fields.Integer(strict=True, validate=validate.Range(min=1))

    identity = ma.fields.Nested(ClaimedIdentity, data_key="fields")
    discrepancy_ids = ma.fields.List(
        ma.fields.UUID(),
        validate=validate.Length(max=MAX_DISCREPANCIES),
        metadata={"description": "the reports of institutions that the objection comes of"},
    )

    @ma.validates_schema
    def _check_kind(self, data: Mapping[str, Any], **_kw: Any) -> None:
        needed = FIELDS[data["kind"]]
        optional = OPTIONAL[data["kind"]]
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
        kind, text = data.pop("kind"), data.pop("text")
        discrepancy_ids = list(dict.fromkeys(map(str, data.pop("discrepancy_ids", ()))))
        if kind is ObjectionKind.DAYS:
            return Claim(text, months=data["months"], discrepancy_ids=discrepancy_ids)
        if kind is ObjectionKind.IDENTITY:
            return Claim(text, identity=data["identity"])
        return Claim(text, period=PeriodClaim(**data), discrepancy_ids=discrepancy_ids)
