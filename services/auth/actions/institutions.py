"""Institutions, as `commands.institutions` manages them.

Every `ensure` is idempotent; every `add` rejects what exists.
"""

import uuid

from sqlalchemy.orm import Session

from services.auth import store
from services.auth.errors import CommandRefused
from services.auth.models import Institution, Outbox
from services.kit.outbox import add_event
from services.kit.text import normalise_text


def add_institution(session: Session, name: str) -> Institution:
    """Return a new institution. Raises CommandRefused when the name is taken or invalid."""
    return ensure_institution(session, uuid.uuid4(), name)


def ensure_institution(session: Session, institution_id: uuid.UUID, name: str) -> Institution:
    """Return the institution with that id and name, which is added if it is missing.

    Raises CommandRefused when the name is invalid, or when another institution has the id or the name.
    """
    normalised = normalise_text(name)
    if not 0 < len(normalised) <= 100:
        raise CommandRefused("an institution's name has 1 to 100 characters")
    of_id, named = (
        store.find_institution(session, institution_id),
        store.find_institution_named(session, name),
    )
    matches = list({match.id: match for match in (of_id, named) if match}.values())
    if not matches:
        institution = Institution(id=institution_id, name=normalised)
        session.add(institution)
        session.flush()
        add_event(
            session,
            Outbox,
            "institution.added",
            data={"institution_id": str(institution_id), "name": normalised},
        )
        return institution
    if len(matches) > 1 or of_id is None or named is None:
        raise CommandRefused("that id or that name belongs to another institution; see: institutions list")
    return matches[0]


def require_institution(session: Session, institution_id: uuid.UUID) -> None:
    """Check that an institution exists. Raises CommandRefused when it is unknown."""
    if store.find_institution(session, institution_id) is None:
        raise CommandRefused(f"there is no institution {institution_id}; see: institutions list")
