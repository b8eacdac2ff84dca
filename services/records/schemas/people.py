"""Finding people: what officers and auth send, and what officers see."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from services.kit.fields import Identifier, InsuranceNumber, JalaliDate, Line, NationalCode, Parsed
from services.kit.problems import Text
from services.kit.text import normalise_code
from services.records.actions.identities import MAX_NAME_LENGTH
from services.records.lists.canonical import MAX_INSURANCE_NUMBER_LENGTH, canonicalise_insurance_number
from services.records.schemas.accesses import build_reason_field
from services.records.schemas.held_rows import KnownOfPerson
from services.records.schemas.records import Contribution, Person, Statement

# Officers also find the short numbers of old lists.
INSURANCE_NUMBER_WRONG = Text(
    "شماره بیمه حداکثر ۱۰ رقم است. آن را دوباره بررسی کنید.",
    "An insurance number has at most 10 digits. Check it again.",
)
ONE_NUMBER = Text("یا کد ملی را بفرستید یا شماره بیمه را.", "Send either national_code or insurance_number.")
CLUE_MISSING = Text(
    "کد ملی، شماره بیمه یا نام و تاریخ تولد را بنویسید.",
    "Enter the national code, the insurance number, or the name and birth date.",
)
CLUE_SURPLUS = Text(
    "تنها با یکی جستجو کنید: کد ملی، شماره بیمه، یا نام و تاریخ تولد.",
    "Search by one of them only: national code, insurance number, or name and birth date.",
)
NAME_MISSING = Text("نام و نام خانوادگی را هم بنویسید.", "Enter the name and surname too.")
BIRTH_DATE_MISSING = Text("تاریخ تولد را هم بنویسید.", "Enter the birth date too.")


def parse_insurance_number(text: str) -> str:
    """Return a typed insurance number without leading zeros. Raises ValueError."""
    number = canonicalise_insurance_number(normalise_code(text))
    if not 1 <= len(number) <= MAX_INSURANCE_NUMBER_LENGTH:
        raise ValueError("not an insurance number")
    return number


class PersonSearch(ma.Schema):
    """One clue: a national code, an insurance number, a name with the birth date, or a candidate's id."""

    national_code = NationalCode(load_default=None)
    insurance_number = Parsed(parse_insurance_number, INSURANCE_NUMBER_WRONG, load_default=None)
    name = Line(2 * MAX_NAME_LENGTH + 1, shortest=1, load_default=None)
    birth_date = JalaliDate(data_key="birth_date_jalali", load_default=None)
    person_id = Identifier(load_default=None)
    reason = build_reason_field()

    @ma.validates_schema
    def _check_clues(self, data: Mapping[str, Any], **_kw: Any) -> None:
        clues = [key for key, names in _CLUES.items() if any(data.get(name) is not None for name in names)]
        if not clues:
            raise ma.ValidationError([CLUE_MISSING], "national_code")
        if len(clues) > 1:
            raise ma.ValidationError([CLUE_SURPLUS], clues[1])
        if data.get("birth_date") is not None and data.get("name") is None:
            raise ma.ValidationError([NAME_MISSING], "name")
        if data.get("name") is not None and data.get("birth_date") is None:
            raise ma.ValidationError([BIRTH_DATE_MISSING], "birth_date_jalali")


# The fields of each clue, under the field that a surplus one is reported for.
_CLUES = {
    "national_code": ("national_code",),
    "insurance_number": ("insurance_number",),
    "name": ("name", "birth_date"),
    "person_id": ("person_id",),
}


class PersonMatch(ma.Schema):
    """A national code or an insurance number, and the birth date.

    `allows_no_birth_date` is for an officer who has seen the documents of someone whose birth date the lists
    do not have.
    """

    national_code = NationalCode()
    insurance_number = InsuranceNumber()
    birth_date = JalaliDate(data_key="birth_date_jalali", required=True)
    allows_no_birth_date = ma.fields.Boolean(load_default=False)

    @ma.validates_schema(skip_on_field_errors=True)
    def _check_number(self, data: dict[str, Any], **_: Any) -> None:
        if ("national_code" in data) == ("insurance_number" in data):
            raise ma.ValidationError([ONE_NUMBER], "national_code")


class PersonWithStatement(ma.Schema):
    """A person and the statement; `person_id` is the `target` of proposals about the person.

    If several people match, these are null, and `candidates` has the people. A second search by
    `person_id` shows the statement of one of them.
    """

    person_id = ma.fields.UUID(allow_none=True)
    person = ma.fields.Nested(Person, allow_none=True)
    statement = ma.fields.Nested(Statement, allow_none=True)
    contributions = ma.fields.List(ma.fields.Nested(Contribution))
    candidates = ma.fields.List(ma.fields.Nested(KnownOfPerson))
