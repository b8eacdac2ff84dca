"""Officers' accesses to people's data."""

import uuid
from datetime import datetime

import sqlalchemy as sa

from services.records.models import Access


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
