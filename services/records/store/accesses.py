"""Officers' accesses to people's data."""

import uuid
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.kit.db import sql_now
from services.records.models import Access, Contribution, FormerContribution, ImportedList, Person


def add_list_accesses(session: Session, list_position: int, version: int, access: Mapping[str, str]) -> None:
    """Insert an access to each person who has a row of that version of a list, in one statement."""
    current = (
        sa.select(Contribution.person_position)
        .join(ImportedList, ImportedList.position == Contribution.list_position)
        .where(Contribution.list_position == list_position, ImportedList.version == version)
    )
    former = sa.select(FormerContribution.person_position).where(
        FormerContribution.list_position == list_position, FormerContribution.version == version
    )
    people = sa.select(Person.id, sql_now(), *map(sa.literal, access.values())).where(
        Person.position.in_(sa.union(current, former))
    )
    session.execute(sa.insert(Access).from_select(["person_id", "at", *access], people))


def select_accesses(
    person_id: uuid.UUID | None, officer_id: str | None, first: datetime | None, last: datetime | None
) -> sa.Select[Access]:
    """Return the query of accesses to a person, by an officer, between two moments; None matches any."""
    query = sa.select(Access)
    if person_id is not None:
        query = query.where(Access.person_id == person_id)
    if officer_id is not None:
        query = query.where(Access.officer_id == officer_id)
    if first is not None:
        query = query.where(Access.at >= first)
    if last is not None:
        query = query.where(Access.at <= last)
    return query
