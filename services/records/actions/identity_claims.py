"""Objections to an identity: what a person claims, beside what the record has.

Values are written as the API has them: a birth date as "1360-05-15", a sex as "female".
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from services.kit.jalali import format_jalali_date
from services.kit.problems import Text
from services.kit.text import to_persian_digits
from services.records.models import Person

# The oldest person on record anywhere was younger than this when she died.
MAX_AGE_YEARS = 125

FIELDS = ("first_name", "last_name", "father_name", "birth_date_jalali", "sex", "insurance_number")
ALREADY_SO = Text(
    "در سوابق همین است. تنها چیزی را بنویسید که نادرست ثبت شده است.",
    "The record has the same. Write only what is recorded wrongly.",
)
BORN_LATER = Text(
    "این تاریخ هنوز نیامده است. تاریخ تولد را بررسی کنید.", "This is yet to come. Check the birth date."
)
BORN_EARLY = Text(
    f"این تاریخ بیش از {to_persian_digits(MAX_AGE_YEARS)} سال پیش است. تاریخ تولد را بررسی کنید.",
    f"This is more than {MAX_AGE_YEARS} years ago. Check the birth date.",
)

# A value as the record has it, None if it has none.
Identity = Mapping[str, str | None]


def describe_identity(person: Person) -> Identity:
    """Return a person's identity on record, each field as the API writes it."""
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "father_name": person.father_name,
        "birth_date_jalali": format_jalali_date(person.birth_date) if person.birth_date else None,
        "sex": person.sex and person.sex.value,
        "insurance_number": person.insurance_number,
    }


def check_identity(claimed: Mapping[str, Any], person: Person, today: date) -> Iterator[tuple[str, Text]]:
    """Yield an error for each claimed field that the record already has, and for an impossible birth date.

    `claimed` has a `date` as birth date.
    """
    birth_date = claimed.get("birth_date_jalali")
    if birth_date and birth_date > today:
        yield "fields.birth_date_jalali", BORN_LATER
    elif birth_date and (today - birth_date).days > MAX_AGE_YEARS * 365.25:
        yield "fields.birth_date_jalali", BORN_EARLY
    recorded = describe_identity(person)
    for name, value in format_identity(claimed).items():
        if value == recorded[name]:
            yield f"fields.{name}", ALREADY_SO


def compare_identity(claimed: Mapping[str, Any], person: Person) -> list[dict[str, Any]]:
    """Return the claimed fields, each with the value on record, in the order of FIELDS."""
    recorded, values = describe_identity(person), format_identity(claimed)
    return [{"field": name, "old": recorded[name], "new": values[name]} for name in FIELDS if name in values]


def format_identity(claimed: Mapping[str, Any]) -> dict[str, str]:
    """Return claimed fields as the API writes them."""
    return {
        name: format_jalali_date(value) if isinstance(value, date) else str(value)
        for name, value in claimed.items()
    }
