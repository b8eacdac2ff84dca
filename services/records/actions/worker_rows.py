"""Rows of lists as columns of people, and as JSON. Pure."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from services.records.actions.identities import MAX_NAME_LENGTH
from services.records.lists import WorkerRow
from services.records.lists.canonical import canonicalise_insurance_number
from services.records.models import Sex
from services.records.store.people import FILLABLE


def can_fill(person: Any, row: WorkerRow) -> bool:
    """Return whether a row states something that is unknown of its person."""
    return any(not getattr(person, name) and getattr(row, name) for name in FILLABLE)


def describe_person(row: WorkerRow) -> dict[str, Any]:
    """Return the columns of a person as a row states them."""
    number = row.insurance_number and canonicalise_insurance_number(row.insurance_number)
    return {
        "national_code": row.national_code,
        "insurance_number": number,
        "canonical_insurance_number": number,
        "first_name": row.first_name[:MAX_NAME_LENGTH],
        "last_name": row.last_name[:MAX_NAME_LENGTH],
        "father_name": row.father_name[:MAX_NAME_LENGTH] or None,
        "birth_date": row.birth_date,
        "sex": row.sex and Sex(row.sex),
        "id_number": row.id_number or None,
    }


def serialise_row(row: WorkerRow) -> dict[str, Any]:
    """Return a row as JSON, from which `parse_row` returns it."""
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(row).items()
    }


def parse_row(content: Mapping[str, Any]) -> WorkerRow:
    """Return the row that `serialise_row` has written."""
    dates = {
        name: value and date.fromisoformat(value) for name, value in content.items() if name.endswith("_date")
    }
    return WorkerRow(**{**content, **dates})
