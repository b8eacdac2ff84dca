"""What a row of a list states about its person, compared with what the records know. Pure.

Names are compared folded, and numbers without leading zeros. A blank shows neither that two people
are one nor that they differ.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Any

from services.kit.jalali import format_list_date
from services.kit.text import fold_name
from services.records.lists import WorkerRow
from services.records.lists.canonical import canonicalise_insurance_number
from services.records.lists.fields import WORKER_BY_ATTRIBUTE
from services.records.lists.findings import ListFile, RawFinding, make_finding

# Characters of a name that are stored: a letter cannot print more.
MAX_NAME_LENGTH = 100
# The fields that lists state about a person. The place of a field is its bit in `Contribution.stated` and its
# number in `IdentityDifference.field`, so a new one goes to the end.
FIELDS = ("first_name", "last_name", "father_name", "sex", "insurance_number", "birth_date")
NAMES = FIELDS[:3]
_READ_FIELDS = attrgetter(*FIELDS)
_NUMBERS = frozenset({"birth_date", "insurance_number"})
_SEX_WORDS = {"male": "مرد", "female": "زن"}


def compute_stated(row: WorkerRow) -> int:
    """Return a bit for each field of the identity that a row states."""
    # Written out, because it is computed for every row of every list.
    return (
        bool(row.first_name)
        | bool(row.last_name) << 1
        | bool(row.father_name) << 2
        | bool(row.sex) << 3
        | bool(row.insurance_number) << 4
        | bool(row.birth_date) << 5
    )


def build_key(field: str, value: Any) -> str:
    """Return the text under which values of a field are the same."""
    if field in NAMES:
        return fold_name(str(value)[:MAX_NAME_LENGTH])
    if field == "insurance_number":
        return canonicalise_insurance_number(str(value))
    return format_value(value)


def build_identity_key(row: WorkerRow) -> tuple[str | None, ...]:
    """Return the key under which rows state the same code, number and names."""
    number = row.insurance_number
    names = (fold_name(getattr(row, name)) for name in NAMES)
    return (row.national_code, number and canonicalise_insurance_number(number), *names)


def format_value(value: Any) -> str:
    """Return a value of the identity as it is stored among the differences."""
    return value.isoformat() if isinstance(value, date) else str(value)[:MAX_NAME_LENGTH]


def parse_value(field: str, text: str) -> Any:
    """Return a value of the identity from its stored form."""
    return date.fromisoformat(text) if field == "birth_date" else text


def is_same(field: str, value: Any, other: Any) -> bool:
    """Return whether two values of a field, neither of them blank, are the same."""
    return bool(value == other) or build_key(field, value) == build_key(field, other)


def list_differences(row: WorkerRow, person: Any) -> list[str]:
    """Return the fields that a row states otherwise than the records know them."""
    if _READ_FIELDS(row) == _READ_FIELDS(person):
        return []
    return [
        name
        for name in FIELDS
        if (value := getattr(row, name))
        and (stored := getattr(person, name))
        and value != stored
        and not is_same(name, value, stored)
    ]


def is_stranger(row: WorkerRow, person: Any) -> bool:
    """Return whether first name, surname and father's name of a row are all another person's.

    First name and surname in each other's place are the same person's.
    """
    if row.last_name == person.last_name or row.first_name == person.first_name != "":
        return False
    if any(
        (value := getattr(row, name)) and (stored := getattr(person, name)) and is_same(name, value, stored)
        for name in NAMES
    ):
        return False
    swapped = (row.first_name, person.last_name), (row.last_name, person.first_name)
    return not all(one and other and is_same("last_name", one, other) for one, other in swapped)


def has_names_of(row: WorkerRow, person: Any) -> bool:
    """Return whether first name and surname of a row are a person's, and no other father's name is stated."""
    names = [(getattr(row, name), getattr(person, name)) for name in NAMES]
    return all(
        is_same(name, value, stored) if value and stored else name == "father_name"
        for name, (value, stored) in zip(NAMES, names, strict=True)
    )


def find_codeless(row: WorkerRow, owners: Mapping[str, Sequence[Any]]) -> Any | None:
    """Return the person whose number and names a row without a national code states, or None.

    So a foreigner's lists count as before when officers have given the person a code that the employer
    leaves out.
    """
    if row.national_code or not row.insurance_number:
        return None
    same_number = owners.get(canonicalise_insurance_number(row.insurance_number), ())
    if len(same_number) != 1 or not has_names_of(row, same_number[0]):
        return None
    return same_number[0]


def find_former_owner(row: WorkerRow, owners: Sequence[Any]) -> Any | None:
    """Return the one who had a row's code or number before, and of whom the row has a name, or None.

    Of several the first is taken whose insurance number the row states.
    """
    of_name = [owner for owner in owners if not is_stranger(row, owner)]
    of_number = [owner for owner in of_name if has_number(owner, row.insurance_number)]
    return next(iter([*of_number, *of_name]), None)


def has_number(person: Any, number: str | None) -> bool:
    """Return whether an insurance number is a person's, however it is written; None is nobody."""
    return bool(
        number
        and person
        and person.insurance_number
        and canonicalise_insurance_number(person.insurance_number) == canonicalise_insurance_number(number)
    )


def has_merged_names(row: WorkerRow, person: Any) -> bool:
    """Return whether a row has a name of a merged person, whose code or number has led to this person."""
    if person.merged_names is None:
        return False
    first_name, last_name, father_name = person.merged_names
    merged = person._replace(first_name=first_name, last_name=last_name, father_name=father_name)
    return not is_stranger(row, merged)


def describe_differences(row: WorkerRow, fields: list[str]) -> Iterator[RawFinding]:
    """Yield a warning for each of these fields of a row."""
    for name in fields:
        wording = "identity-differs" if name in _NUMBERS else "name-differs"
        yield make_row_finding(wording, row, name)


def make_row_finding(
    wording: str, row: WorkerRow, attribute: str, details: Mapping[str, str | int] | None = None
) -> RawFinding:
    """Return a finding about one field of a row, with its value as employers write it."""
    value = getattr(row, attribute)
    if isinstance(value, date):
        value = format_list_date(value)
    elif attribute == "sex":
        value = _SEX_WORDS.get(value)
    field = WORKER_BY_ATTRIBUTE[attribute]
    return make_finding(wording, ListFile.WORKERS, field, row.row, value, **(details or {}))
