"""Members of staff and clients as they are now, each locked until the transaction ends."""

import uuid

from sqlalchemy.orm import Session

from services.auth.models import Client, Staff


def lock_staff(session: Session, staff_id: uuid.UUID) -> Staff | None:
    """Return a member of staff, or None."""
    return session.get(Staff, staff_id, with_for_update=True, populate_existing=True)


def lock_client(session: Session, client_id: str) -> Client | None:
    """Return a client, or None."""
    return session.get(Client, client_id, with_for_update=True, populate_existing=True)
