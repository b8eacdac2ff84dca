"""The institutions that a permit can be bound to, as auth tells of them. Called by background."""

import uuid

from sqlalchemy.orm import Session

from services.inquiry import store
from services.kit.feed import Event


def on_institution_added(session: Session, event: Event) -> None:
    """Keep the institution's name."""
    store.put_institution(session, uuid.UUID(event.data["institution_id"]), event.data["name"])
