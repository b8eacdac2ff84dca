"""The institutions that a permit can be bound to, from auth's feed. Called by background and routes."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from services.inquiry import store
from services.inquiry.errors import InstitutionDisabled
from services.inquiry.models import Ending
from services.kit.endings import add_ending
from services.kit.feed import Event


def on_institution_added(session: Session, event: Event) -> None:
    """Store the institution's name."""
    store.save_institution(session, uuid.UUID(event.data["institution_id"]), event.data["name"])


def on_institution_changed(session: Session, event: Event) -> None:
    """Store everything about the institution, also that it is disabled."""
    since = event.data["verified_since"]
    institution_id, is_disabled = uuid.UUID(event.data["institution_id"]), event.data["disabled"]
    if store.is_institution_disabled(session, institution_id) != is_disabled:
        name = "institution.disabled" if is_disabled else "institution.enabled"
        add_ending(session, Ending, name, institution_id=institution_id)
    store.save_institution(
        session,
        institution_id,
        event.data["name"],
        contact=event.data["contact"],
        verified_since=datetime.fromisoformat(since) if since else None,
        purposes=event.data["purposes"],
        return_urls=event.data["return_urls"],
        daily_quota=event.data["daily_quota"],
        is_disabled=is_disabled,
    )


def require_enabled(session: Session, institution_id: uuid.UUID | None) -> None:
    """Raise InstitutionDisabled if the institution may not inquire; an unknown one may."""
    if institution_id and store.is_institution_disabled(session, institution_id):
        raise InstitutionDisabled
