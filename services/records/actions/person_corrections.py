"""Correcting what is known of a person: the fields of a correction, what they change, and its effect.

Pure but for the functions that take a session. Officers' corrections, those of the system and accepted
objections to an identity come here.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from services.kit.jalali import JalaliInvalid, format_jalali_date, parse_jalali_date
from services.kit.national_code import NationalCodeInvalid, parse_national_code
from services.kit.outbox import add_event
from services.kit.problems import Text, ValidationFailed
from services.kit.text import NotDigits, normalise_code, normalise_text
from services.records.actions.identities import (
    FIELDS,
    MAX_NAME_LENGTH,
    build_key,
    format_value,
)
from services.records.actions.typed_names import find_name_fault
from services.records.lists.canonical import canonicalise_insurance_number
from services.records.models import Outbox, Person, Sex
from services.records.store import identities
from services.records.store.former_identifiers import add_former_identifier
from services.records.store.people import (
    fetch_number_owners,
    find_by_national_code,
    find_merged_with,
)

# The column of each field of a correction.
COLUMNS: Mapping[str, str] = {
    "first_name": "first_name",
    "last_name": "last_name",
    "father_name": "father_name",
    "birth_date_jalali": "birth_date",
    "sex": "sex",
    "insurance_number": "insurance_number",
    "national_code": "national_code",
}
_UNIQUE = frozenset({"national_code", "insurance_number"})
FIELD_OF_COLUMN: Mapping[str, str] = {column: field for field, column in COLUMNS.items()}

FIELD_UNKNOWN = Text(
    "این فیلد اصلاح‌شدنی نیست. نام، نام پدر، تاریخ تولد، جنسیت، شماره بیمه یا کد ملی را بفرستید.",
    "This field cannot be corrected. Send names, birth date, sex, insurance number or national code.",
)
NOTHING_CHANGES = Text(
    "هیچ مقداری با آنچه ثبت شده فرق ندارد. مقدار تازه را بنویسید.",
    "No value differs from what is known. Send what is to change.",
)
VALUE_WRONG = Text("این مقدار پذیرفته نیست. آن را بررسی کنید.", "This value is not accepted. Check it.")
VALUE_NEEDED = Text("این مقدار خالی نمی‌شود. آن را بنویسید.", "This value cannot be blank. Give it.")
CODE_TAKEN = Text(
    "این کد ملی از شخص دیگری است. اگر هر دو یک نفرند، یکی شدن دو سابقه را پیشنهاد کنید.",
    "This national code belongs to another person. If both are one, propose a merger.",
)
NUMBER_TAKEN = Text(
    "این شماره بیمه از شخص دیگری است. اگر هر دو یک نفرند، یکی شدن دو سابقه را پیشنهاد کنید.",
    "This insurance number belongs to another person. If both are one, propose a merger.",
)


def parse_correction(fields: object, place: str = "change.fields") -> dict[str, Any]:
    """Return the columns of a correction with their values. Raises ValidationFailed below `place`."""
    if not isinstance(fields, Mapping) or not fields:
        raise ValidationFailed((place, NOTHING_CHANGES))
    values: dict[str, Any] = {}
    errors: list[tuple[str, Text]] = []
    for name, value in fields.items():
        if name not in COLUMNS:
            errors.append((f"{place}.{name}", FIELD_UNKNOWN))
            continue
        try:
            values[COLUMNS[name]] = _parse_value(COLUMNS[name], value)
        except ValidationFailed as error:
            errors += [(f"{place}.{name}", text) for _, text in error.fields]
    if errors:
        raise ValidationFailed(*errors)
    return values


def _parse_value(column: str, value: object) -> Any:
    if value is None or value == "":
        if column in {"first_name", "last_name", "national_code"}:
            raise ValidationFailed((column, VALUE_NEEDED))
        return None
    if not isinstance(value, str):
        raise ValidationFailed((column, VALUE_WRONG))
    try:
        return _PARSERS[column](value)
    except (ValueError, JalaliInvalid, NationalCodeInvalid, NotDigits) as error:
        raise ValidationFailed((column, VALUE_WRONG)) from error


def _parse_name(text: str) -> str:
    name = normalise_text(text)
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise ValueError("not a name")
    if fault := find_name_fault(name):
        raise ValidationFailed(("name", fault))
    return name


def _parse_number(text: str) -> str:
    number = canonicalise_insurance_number(normalise_code(text))
    if len(number) > 10 or not number.strip("0"):
        raise ValueError("not an insurance number")
    return number


_PARSERS: Mapping[str, Callable[[str], Any]] = {
    "first_name": _parse_name,
    "last_name": _parse_name,
    "father_name": _parse_name,
    "birth_date": parse_jalali_date,
    "sex": Sex,
    "insurance_number": _parse_number,
    "national_code": parse_national_code,
}


def list_changes(person: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns whose value changes, with the new one."""
    return {column: value for column, value in values.items() if getattr(person, column) != value}


def format_field(column: str, value: Any) -> str | None:
    """Return a value as proposals show it."""
    if value is None:
        return None
    return format_jalali_date(value) if column == "birth_date" else str(value)


def check_correction(
    session: Session, person: Person, values: Mapping[str, Any], place: str = "change.fields"
) -> dict[str, Any]:
    """Return the columns that change. Raises ValidationFailed if none does, or if a number is another's."""
    changes = list_changes(person, values)
    if not changes:
        raise ValidationFailed((place, NOTHING_CHANGES))
    errors: list[tuple[str, Text]] = []
    code, number = changes.get("national_code"), changes.get("insurance_number")
    if code and find_by_national_code(session, code) not in {None, person}:
        errors.append((f"{place}.national_code", CODE_TAKEN))
    if number and is_number_taken(session, person, number):
        errors.append((f"{place}.insurance_number", NUMBER_TAKEN))
    if "insurance_number" in changes and number is None and not (person.national_code or code):
        errors.append((f"{place}.insurance_number", VALUE_NEEDED))
    if errors:
        raise ValidationFailed(*errors)
    return changes


def is_number_taken(session: Session, person: Person, number: str) -> bool:
    """Return whether an insurance number belongs to another person."""
    owners = fetch_number_owners(session, [number]).get(canonicalise_insurance_number(number), [])
    return any(owner.position != person.position for owner in owners)


def apply_correction(
    session: Session, person: Person, changes: Mapping[str, Any], proposal_id: uuid.UUID | None
) -> None:
    """Change what is known of a person, who is locked, and notify the person.

    Lists that stated the earlier value differ from then on, and those that stated the new one do not.
    """
    for column, value in changes.items():
        before = getattr(person, column)
        if column in _UNIQUE and value is not None:
            _exchange_number(session, person, column, value)
        if column in _UNIQUE and before:
            add_former_identifier(session, person.position, column, before)
        setattr(person, column, value)
        session.flush()
        if column in FIELDS:
            _move_differences(session, person, column, before)
    add_event(
        session,
        Outbox,
        "person.corrected",
        subject=person.id,
        data={
            "fields": sorted(FIELD_OF_COLUMN[column] for column in changes),
            "proposal_id": proposal_id and str(proposal_id),
        },
    )


def _exchange_number(session: Session, person: Person, column: str, value: str) -> None:
    """Give a merged person who has this code or number the one that the person has now."""
    merged = find_merged_with(session, person.position, column, value)
    before = getattr(person, column)
    if merged is None:
        return
    # Both are unique, so neither can have the other's while that one still has it.
    setattr(merged, column, f"{merged.position:~>10}")
    session.flush()
    setattr(person, column, value)
    session.flush()
    setattr(merged, column, before or getattr(merged, column))
    session.flush()


def _move_differences(session: Session, person: Person, column: str, before: Any) -> None:
    field, after = FIELDS.index(column), getattr(person, column)
    agreeing = identities.fetch_agreeing_lists(session, person.position, field) if before else ()
    stated = [
        one
        for one in identities.fetch_stated_values(session, [person.position])
        if one.field == field and after and build_key(column, one.value) == build_key(column, after)
    ]
    identities.delete_differences(session, person.position, field, [one.list_position for one in stated])
    if not after or not before or build_key(column, before) == build_key(column, after):
        return
    _add_differences(session, person, field, format_value(before), agreeing)


def _add_differences(session: Session, person: Person, field: int, value: str, lists: Sequence[int]) -> None:
    identities.add_differences(
        session,
        [
            {"person_position": person.position, "list_position": position, "field": field, "value": value}
            for position in lists
        ],
    )
