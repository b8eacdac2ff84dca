"""What happened to people: the lines of their activity pages."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.disclosure.models import Activity


def select_activity(person_id: uuid.UUID, kinds: Iterable[str]) -> sa.Select[Activity]:
    """Return the query of what happened to a person, of some kinds."""
    return sa.select(Activity).where(Activity.person_id == person_id, Activity.kind.in_(kinds))


def list_changes(session: Session, person_id: uuid.UUID, since: datetime) -> Sequence[tuple[datetime, str]]:
    """Return when which months of the person's record changed after a moment, by the events so far."""
    rows = session.execute(
        sa.select(Activity.at, Activity.references).where(
            Activity.person_id == person_id, Activity.kind == "record.changed", Activity.at > since
        )
    )
    return [(at, month) for at, reference in rows if (month := reference.get("month_jalali")) is not None]


def list_identity_changes(session: Session, person_id: uuid.UUID, since: datetime) -> Sequence[datetime]:
    """Return when the person was corrected or merged after a moment, by the events so far."""
    return session.scalars(
        sa.select(Activity.at).where(
            Activity.person_id == person_id,
            Activity.kind.in_(("person.corrected", "person.merged")),
            Activity.at > since,
        )
    ).all()
