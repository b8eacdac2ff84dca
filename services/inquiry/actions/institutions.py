"""The institutions that a permit can be bound to, from auth's feed. Called by background and routes."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from services.inquiry import store
from services.inquiry.errors import InstitutionDisabled
from services.kit.feed import Event


def on_institution_added(session: Session, event: Event) -> None:
    """Store the institution's name."""
    store.save_institution(session, uuid.UUID(event.data["institution_id"]), event.data["name"])


def on_institution_changed(session: Session, event: Event) -> None:
    """Store everything about the institution, also that it is disabled."""
    since = event.data["verified_since"]
    store.save_institution(
        session,
        uuid.UUID(event.data["institution_id"]),
        event.data["name"],
        contact=event.data["contact"],
        verified_since=datetime.fromisoformat(since) if since else None,
        purposes=event.data["purposes"],
        return_urls=event.data["return_urls"],
        daily_quota=event.data["daily_quota"],
        is_disabled=event.data["disabled"],
    )


def require_enabled(session: Session, institution_id: uuid.UUID | None) -> None:
    """Raise InstitutionDisabled if the institution may not inquire; an unknown one may."""
    if institution_id and store.is_institution_disabled(session, institution_id):
        raise InstitutionDisabled
