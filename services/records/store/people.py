"""People by id, by national code, and in bulk by the data of lists."""

import uuid
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.records.models import Person, Sex
from services.records.store.upserts import build_insert

Key = TypeVar("Key")

# Databases limit the number of a statement's parameters: 32,766 in SQLite.
MAX_KEYS = 10_000

# The key of a person in a list: national code, or insurance number for a person without a national code.
PersonKey = tuple[str | None, str | None]


class KnownPerson(NamedTuple):
    """The data of a person in the records that an import needs."""

    position: int
    id: uuid.UUID
    national_code: str | None
    insurance_number: str | None
    birth_date: date | None
    father_name: str | None
    sex: Sex | None
    id_number: str | None

    @property
    def key(self) -> PersonKey:
        return (self.national_code, None) if self.national_code else (None, self.insurance_number)


FILLABLE = ("insurance_number", "birth_date", "father_name", "sex", "id_number")
_KNOWN = sa.select(*(getattr(Person, name) for name in KnownPerson._fields))


def find_person(session: Session, person_id: uuid.UUID) -> Person | None:
    """Return the person of that id, or None."""
    return session.scalars(sa.select(Person).where(Person.id == person_id)).one_or_none()


def find_by_national_code(session: Session, national_code: str) -> Person | None:
    """Return the person of that national code, or None."""
    return session.scalars(sa.select(Person).where(Person.national_code == national_code)).one_or_none()


def fetch_person_ids(session: Session, positions: Collection[int]) -> Sequence[uuid.UUID]:
    """Return the ids of the people at these positions, in order of position."""
    ids: list[uuid.UUID] = []
    for batch in _split_keys(sorted(set(positions))):
        query = sa.select(Person.id).where(Person.position.in_(batch)).order_by(Person.position)
        ids += session.scalars(query)
    return ids


def lock_person(session: Session, position: int) -> None:
    """Lock a person's row until the transaction ends; imports, which only refer to it, are not blocked.

    Every change of the person's objections or corrections takes this lock.
    """
    session.execute(
        sa.select(Person.position).where(Person.position == position).with_for_update(key_share=True)
    )


def fetch_known_people(session: Session, keys: Collection[PersonKey]) -> dict[PersonKey, KnownPerson]:
    """Return those of the people who are already in the records."""
    codes = [code for code, _ in keys if code]
    numbers = [number for code, number in keys if not code]
    queries = [_KNOWN.where(Person.national_code.in_(batch)) for batch in _split_keys(codes)]
    queries += [
        _KNOWN.where(Person.national_code.is_(None), Person.insurance_number.in_(batch))
        for batch in _split_keys(numbers)
    ]
    people = (KnownPerson(*row) for query in queries for row in session.execute(query))
    return {person.key: person for person in people}


class CodeHolder(NamedTuple):
    """What tells whether a row is of the person who has a national code."""

    national_code: str | None
    first_name: str
    last_name: str
    insurance_number: str | None


def fetch_code_holders(session: Session, codes: Collection[str]) -> dict[str, CodeHolder]:
    """Return the people in the records who have one of these national codes, by code."""
    query = sa.select(Person.national_code, Person.first_name, Person.last_name, Person.insurance_number)
    holders = (
        CodeHolder(*row)
        for batch in _split_keys(sorted(set(codes)))
        for row in session.execute(query.where(Person.national_code.in_(batch)))
    )
    return {holder.national_code: holder for holder in holders if holder.national_code}


def _split_keys(values: Sequence[Key]) -> Iterator[Sequence[Key]]:
    for start in range(0, len(values), MAX_KEYS):
        yield values[start : start + MAX_KEYS]


def add_people(session: Session, people: Sequence[dict[str, Any]]) -> None:
    """Insert people, and skip those whom another import has added meanwhile.

    The caller sorts them, so that two imports cannot deadlock.
    """
    if people:
        session.connection().execute(build_insert(session, Person).on_conflict_do_nothing(), people)


def fill_people(session: Session, people: Sequence[dict[str, Any]]) -> None:
    """Fill missing values of people from lists; each dict has a position and all of FILLABLE."""
    if not people:
        return
    filled = {
        name: sa.func.coalesce(getattr(Person, name), sa.bindparam(f"listed_{name}")) for name in FILLABLE
    }
    session.connection().execute(
        sa.update(Person).where(Person.position == sa.bindparam("at")).values(filled),
        [
            {"at": person["position"]} | {f"listed_{name}": person[name] for name in FILLABLE}
            for person in people
        ],
    )
