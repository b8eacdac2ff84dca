"""National codes and insurance numbers that people had before officers corrected them."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.records.lists.canonical import list_insurance_number_spellings
from services.records.models import FormerIdentifier
from services.records.store.people import (
    KnownPerson,
    PersonKey,
    build_person_key,
    fetch_survivors_at,
    is_among,
    split_keys,
)


def add_former_identifier(session: Session, person_position: int, column: str, value: str) -> None:
    """Store a code or number that a person has no longer."""
    session.add(FormerIdentifier(person_position=person_position, **{column: value}))


def fetch_former_owners(session: Session, keys: Collection[PersonKey]) -> dict[PersonKey, list[KnownPerson]]:
    """Return by key of a row the people who had its code, or its number if it has no code, before.

    For a merged person it is whom they are now.
    """
    codes = [code for code, _ in keys if code]
    numbers = [
        spelling
        for code, number in keys
        if not code and number
        for spelling in list_insurance_number_spellings(number)
    ]
    query = sa.select(
        FormerIdentifier.national_code, FormerIdentifier.insurance_number, FormerIdentifier.person_position
    ).order_by(FormerIdentifier.position)
    rows = [
        row
        for column, values in (
            (FormerIdentifier.national_code, codes),
            (FormerIdentifier.insurance_number, numbers),
        )
        for batch in split_keys(values)
        for row in session.execute(query.where(is_among(session, column, batch)))
    ]
    people = fetch_survivors_at(session, {row.person_position for row in rows}) if rows else {}
    owners: dict[PersonKey, list[KnownPerson]] = {}
    for code, number, position in rows:
        of_key = owners.setdefault(build_person_key(code, number), [])
        if people[position] not in of_key:
            of_key.append(people[position])
    return owners
