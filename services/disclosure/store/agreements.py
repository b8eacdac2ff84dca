"""Versions of the agreement."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.disclosure.models import Agreement


def find_agreement(session: Session, version: int | None = None) -> Agreement | None:
    """Return the agreement of a version, or the current one without a version."""
    if version is not None:
        return session.get(Agreement, version)
    return session.scalars(sa.select(Agreement).order_by(Agreement.version.desc()).limit(1)).one_or_none()


def list_agreements(session: Session) -> Sequence[Agreement]:
    """Return all versions, oldest first."""
    return session.scalars(sa.select(Agreement).order_by(Agreement.version)).all()
