"""People by id, by national code, and in bulk by the data of lists."""

import json
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.records.lists.canonical import canonicalise_insurance_number, list_insurance_number_spellings
from services.records.models import Person, Sex
from services.records.store.upserts import insert_rows

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
    first_name: str
    last_name: str
    father_name: str | None
    birth_date: date | None
    sex: Sex | None
    id_number: str | None
    merged_into_position: int | None
    # First name, surname and father's name of a merged person who led here.
    merged_names: tuple[str, str, str | None] | None = None

    @property
    def key(self) -> PersonKey:
        return build_person_key(self.national_code, self.insurance_number)


def build_person_key(national_code: str | None, insurance_number: str | None) -> PersonKey:
    """Return the key of a person: national code, or canonical insurance number without a code."""
    if national_code:
        return national_code, None
    return None, insurance_number and canonicalise_insurance_number(insurance_number)


FILLABLE = ("first_name", "insurance_number", "birth_date", "father_name", "sex", "id_number")
# The columns that are never null, and blank where a person has no value.
_NEVER_NULL = frozenset({"first_name"})
# Any number that nothing else locks in the database of records.
MERGERS_LOCK = 3
_BY_ID = sa.select(Person).where(Person.id == sa.bindparam("id"))
_KNOWN = sa.select(*(getattr(Person, name) for name in KnownPerson._fields if name != "merged_names"))


def find_person(session: Session, person_id: uuid.UUID) -> Person | None:
    """Return the person of that id, or whom that person was merged into, or None."""
    return _follow(session, session.scalars(_BY_ID, {"id": person_id}).one_or_none())


def find_by_national_code(session: Session, national_code: str) -> Person | None:
    """Return the person of that national code, or whom that person was merged into, or None."""
    query = sa.select(Person).where(Person.national_code == national_code)
    return _follow(session, session.scalars(query).one_or_none())


def get_person_at(session: Session, position: int) -> Person:
    """Return the person at a position, or whom that person was merged into."""
    person = _follow(session, session.get_one(Person, position))
    assert person is not None
    return person


def _follow(session: Session, person: Person | None) -> Person | None:
    # A merger moves earlier ones along, so one step leads to the end.
    if person is None or person.merged_into_position is None:
        return person
    return session.get_one(Person, person.merged_into_position)


def find_merged_with(session: Session, position: int, column: str, value: str) -> Person | None:
    """Return the person merged into the one at a position who has this code or number, or None."""
    query = sa.select(Person).where(Person.merged_into_position == position, getattr(Person, column) == value)
    return session.scalars(query.limit(1)).one_or_none()


def find_person_named(
    session: Session, national_code: str | None, insurance_number: str | None
) -> Person | None:
    """Return the person of a code, or the one without a code who has that insurance number, or None."""
    if national_code:
        return find_by_national_code(session, national_code)
    query = sa.select(Person).where(
        Person.national_code.is_(None),
        Person.insurance_number.in_(list_insurance_number_spellings(insurance_number or "")),
    )
    return _follow(session, session.scalars(query.order_by(Person.position).limit(1)).one_or_none())


def fetch_person_ids(session: Session, positions: Collection[int]) -> Sequence[uuid.UUID]:
    """Return the ids of the people at these positions, in order of position."""
    ids: list[uuid.UUID] = []
    for batch in split_keys(sorted(set(positions))):
        query = sa.select(Person.id).where(Person.position.in_(batch)).order_by(Person.position)
        ids += session.scalars(query)
    return ids


def lock_people(session: Session, positions: Collection[int], *, block_imports: bool = False) -> None:
    """Lock several people's rows as `lock_person` does, in order of position.

    With `block_imports` it also waits for imports, and later ones wait.
    """
    if block_imports:
        _lock_mergers(session, "pg_advisory_xact_lock")
    for position in sorted(set(positions)):
        lock_person(session, position, block_imports=block_imports)


def block_mergers(session: Session) -> None:
    """Prevent mergers until the transaction ends: rows are about to be added to people.

    A lock of its own: locking each row's person would write each person's page. Taken before other locks.
    """
    _lock_mergers(session, "pg_advisory_xact_lock_shared")


def _lock_mergers(session: Session, function: str) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(getattr(sa.func, function)(MERGERS_LOCK)))


def lock_person(session: Session, position: int, *, block_imports: bool = False) -> None:
    """Lock a person's row until the transaction ends; imports, which only refer to it, are not blocked.

    Every change of the person's objections or corrections takes this lock.
    """
    session.execute(
        sa.select(Person.position)
        .where(Person.position == position)
        .with_for_update(key_share=not block_imports)
    )


def is_any_merged(session: Session, positions: Collection[int]) -> bool:
    """Return whether any of these people was merged into another; of all people few are."""
    merged = session.scalars(sa.select(Person.position).where(Person.merged_into_position.is_not(None)))
    return not set(merged).isdisjoint(positions)


def fetch_known_people(session: Session, keys: Collection[PersonKey]) -> dict[PersonKey, KnownPerson]:
    """Return those of the people who are already in the records; for a merged person, whom they are now."""
    codes = [code for code, _ in keys if code]
    numbers = [number for code, number in keys if not code]
    queries = [_KNOWN.where(is_among(session, Person.national_code, batch)) for batch in split_keys(codes)]
    spellings = [
        spelling for number in numbers if number for spelling in list_insurance_number_spellings(number)
    ]
    queries += [
        _KNOWN.where(Person.national_code.is_(None), is_among(session, Person.insurance_number, batch))
        for batch in split_keys(spellings)
    ]
    people = [KnownPerson(*row) for query in queries for row in session.execute(query)]
    survivors = _fetch_survivors(session, people)
    return {person.key: _choose_survivor(person, survivors) for person in people}


def _choose_survivor(person: KnownPerson, survivors: Mapping[int | None, KnownPerson]) -> KnownPerson:
    survivor = survivors.get(person.merged_into_position)
    if survivor is None:
        return person
    return survivor._replace(merged_names=(person.first_name, person.last_name, person.father_name))


def _fetch_survivors(session: Session, people: Iterable[KnownPerson]) -> dict[int | None, KnownPerson]:
    """Return by position the people whom merged ones of these are now; mostly an empty mapping."""
    positions = sorted(
        {person.merged_into_position for person in people if person.merged_into_position is not None}
    )
    return dict(fetch_people_at(session, positions).items())


def fetch_people_at(session: Session, positions: Collection[int]) -> dict[int, KnownPerson]:
    """Return the people at these positions, by position; a merged person is not followed."""
    return {
        row.position: KnownPerson(*row)
        for batch in split_keys(sorted(positions))
        for row in session.execute(_KNOWN.where(Person.position.in_(batch)))
    }


def fetch_survivors_at(session: Session, positions: Collection[int]) -> dict[int, KnownPerson]:
    """Return the people at these positions, by position; for a merged person, whom they are now."""
    people = fetch_people_at(session, positions)
    survivors = _fetch_survivors(session, people.values())
    return {
        position: survivors.get(person.merged_into_position, person) for position, person in people.items()
    }


def fetch_number_owners(session: Session, numbers: Collection[str]) -> dict[str, list[KnownPerson]]:
    """Return by canonical number the people who have these; for a merged person, whom they are now."""
    forms = {form for number in numbers for form in list_insurance_number_spellings(number)}
    people = [
        KnownPerson(*row)
        for batch in split_keys(sorted(forms))
        for row in session.execute(_KNOWN.where(is_among(session, Person.insurance_number, batch)))
    ]
    survivors = _fetch_survivors(session, people)
    owners: dict[str, list[KnownPerson]] = {}
    for person in people:
        owner = survivors.get(person.merged_into_position, person)
        owners.setdefault(canonicalise_insurance_number(str(person.insurance_number)), []).append(owner)
    return owners


def fetch_by_national_codes(session: Session, codes: Collection[str]) -> dict[str, KnownPerson]:
    """Return by code the people who have one of these; for a merged person, whom they are now.

    Who was merged has the former names in `merged_names`.
    """
    return {
        code: person
        for (code, _), person in fetch_known_people(session, [(code, None) for code in set(codes)]).items()
        if code
    }


def is_among(
    session: Session, column: InstrumentedAttribute[str | None], values: Sequence[str | None]
) -> sa.ColumnElement[bool]:
    """Return the condition that a column has one of these values, which are one parameter of the statement.

    A parameter for each of 10,000 values takes longer than the query itself.
    """
    if session.get_bind().dialect.name == "sqlite":
        each = sa.func.json_each(json.dumps(values)).table_valued("value")
        return column.in_(sa.select(each.c.value))
    return column.in_(sa.select(sa.func.json_array_elements_text(sa.literal(list(values), sa.JSON()))))


def split_keys(values: Sequence[Key]) -> Iterator[Sequence[Key]]:
    """Yield the values in batches of one SQL statement."""
    for start in range(0, len(values), MAX_KEYS):
        yield values[start : start + MAX_KEYS]


def add_people(session: Session, people: Sequence[dict[str, Any]]) -> None:
    """Insert people, and skip those whom another import has added meanwhile.

    The caller sorts them, so that two imports cannot deadlock.
    """
    insert_rows(
        session,
        Person,
        [person | {"id": uuid.uuid4()} for person in people],
        lambda insert: insert.on_conflict_do_nothing(),
    )


def fill_people(session: Session, people: Sequence[dict[str, Any]]) -> None:
    """Fill missing values of people from lists; each dict has a position and all of FILLABLE."""
    if not people:
        return
    filled = {name: _build_filled(name) for name in FILLABLE}
    filled["canonical_insurance_number"] = sa.case(
        (Person.insurance_number.is_(None), sa.bindparam("listed_insurance_number")),
        else_=Person.canonical_insurance_number,
    )
    session.connection().execute(
        sa.update(Person).where(Person.position == sa.bindparam("at")).values(filled),
        [
            {"at": person["position"]} | {f"listed_{name}": person[name] for name in FILLABLE}
            for person in people
        ],
    )


def _build_filled(name: str) -> sa.ColumnElement[Any]:
    column: sa.ColumnElement[Any] = getattr(Person, name)
    value: sa.ColumnElement[Any] = sa.bindparam(f"listed_{name}")
    if name in _NEVER_NULL:
        return sa.func.coalesce(sa.func.nullif(column, ""), value, "")
    return sa.func.coalesce(column, value)
