"""The institutions that a permit can be bound to, from auth's feed. Called by background."""

import uuid

from sqlalchemy.orm import Session

from services.inquiry import store
from services.kit.feed import Event


def on_institution_added(session: Session, event: Event) -> None:
    """Store the institution's name."""
    store.save_institution(session, uuid.UUID(event.data["institution_id"]), event.data["name"])
