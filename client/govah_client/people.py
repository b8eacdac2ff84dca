"""People as officers find them, and officers' looks at their data."""

from typing import Literal, TypedDict

from govah_client.lists import KnownPerson
from govah_client.own_records import Contribution
from govah_client.statements import Person, Statement


class FoundPerson(TypedDict):
    """A person whom an officer has searched for, and the record."""

    person_id: str
    person: Person
    statement: Statement
    contributions: list[Contribution]
    candidates: list[KnownPerson]


class FoundPeople(TypedDict):
    """What an officer has searched for: one person and the record, or the candidates if several fit."""

    person_id: str | None
    person: Person | None
    statement: Statement | None
    contributions: list[Contribution]
    candidates: list[KnownPerson]


class Look(TypedDict):
    """An officer's look at a person's data."""

    id: str
    at: str
    officer: str
    person: str
    kind: Literal["search", "objection", "decision", "proposal", "list-file"] | None
    reason: str | None
    request_id: str
