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


def list_changed_months(session: Session, person_id: uuid.UUID, since: datetime) -> Sequence[str]:
    """Return the months of the person's record that changed after a moment, by the events received so far."""
    references = session.scalars(
        sa.select(Activity.references).where(
            Activity.person_id == person_id, Activity.kind == "record.changed", Activity.at > since
        )
    )
    return [month for reference in references if (month := reference.get("month_jalali")) is not None]
