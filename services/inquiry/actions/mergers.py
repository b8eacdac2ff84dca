"""Permits and objections follow their person when officers merge two. Called by `background` and `permits`.

What a permit's code opens does not change: it is sealed under the national code with which it was issued.
"""

import uuid

from sqlalchemy.orm import Session

from services.inquiry import store
from services.inquiry.models import MergedPerson
from services.kit.feed import Event
from services.kit.merged_people import find_remaining, store_merger

SOURCE = "records"


def on_person_merged(session: Session, event: Event) -> None:
    """Move permits and registered objections of the merged person to the one who remains."""
    merged_id = uuid.UUID(event.subject or "")
    remaining_id = store_merger(session, MergedPerson, merged_id, uuid.UUID(event.data["into"]))
    if remaining_id:
        store.move_person(session, merged_id, remaining_id)


def find_owner(session: Session, person_id: uuid.UUID) -> uuid.UUID:
    """Return who a caller's token, or the subject of an event, is now."""
    return find_remaining(session, MergedPerson, person_id)


def lock_owner(session: Session, person_id: uuid.UUID) -> uuid.UUID:
    """Return who a person is now; no merger is applied until the transaction ends."""
    store.lock_feed(session, SOURCE)
    return find_owner(session, person_id)
