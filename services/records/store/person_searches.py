"""Searching people by what else than the national code is known of them."""

from collections.abc import Iterable, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.kit.text import fold_name
from services.records.lists.canonical import list_insurance_number_spellings
from services.records.models import Person


def fetch_people_by_number(session: Session, insurance_number: str) -> Sequence[Person]:
    """Return the people who have an insurance number in any spelling, or whom those were merged into."""
    spellings = list_insurance_number_spellings(insurance_number)
    query = sa.select(Person).where(Person.insurance_number.in_(spellings)).order_by(Person.position)
    return _follow_all(session, session.scalars(query))


def fetch_people_by_name(session: Session, name: str, birth_date: date) -> Sequence[Person]:
    """Return the people born on a day whose full name this is, however it is spelled, in either order.

    Who was merged into another is found under the former name too.
    """
    key = fold_name(name)
    born = session.scalars(sa.select(Person).where(Person.birth_date == birth_date).order_by(Person.position))
    return _follow_all(session, (person for person in born if key in _list_name_keys(person)))


def _list_name_keys(person: Person) -> tuple[str, str]:
    first, last = person.first_name, person.last_name
    return fold_name(f"{first} {last}"), fold_name(f"{last} {first}")


def _follow_all(session: Session, people: Iterable[Person]) -> Sequence[Person]:
    """Return whom these people are now, each once."""
    survivors = [
        person
        if person.merged_into_position is None
        else session.get_one(Person, person.merged_into_position)
        for person in people
    ]
    return list({person.position: person for person in survivors}.values())
