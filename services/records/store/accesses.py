"""Officers' accesses to people's data."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.kit.db import sql_now
from services.records.models import Access, AccessKind, Contribution, Person


def add_list_accesses(
    session: Session, list_position: int, officer_id: str, request_id: str, kind: AccessKind
) -> None:
    """Insert an access to each person who has a row of that list, in one statement."""
    people = (
        sa.select(
            sa.literal(officer_id), Person.id, sa.literal(request_id), sa.literal(kind.value), sql_now()
        )
        .join(Contribution, Contribution.person_position == Person.position)
        .where(Contribution.list_position == list_position)
    )
    columns = ["officer_id", "person_id", "request_id", "kind", "at"]
    session.execute(sa.insert(Access).from_select(columns, people))


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
