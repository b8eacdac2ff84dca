"""Versions of the agreement."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.disclosure.models import Agreement
from services.kit.db import sql_now


def find_agreement(session: Session, version: int | None = None) -> Agreement | None:
    """Return the agreement of a version, or the current one without a version, if it is valid by now."""
    valid = sa.select(Agreement).where(
        sa.or_(Agreement.valid_from.is_(None), Agreement.valid_from <= sql_now())
    )
    if version is not None:
        valid = valid.where(Agreement.version == version)
    return session.scalars(valid.order_by(Agreement.version.desc()).limit(1)).one_or_none()


def find_newest_agreement(session: Session) -> Agreement | None:
    """Return the newest version, also if it is not valid yet."""
    return session.scalars(sa.select(Agreement).order_by(Agreement.version.desc()).limit(1)).one_or_none()


def list_agreements(session: Session) -> Sequence[Agreement]:
    """Return all versions, oldest first."""
    return session.scalars(sa.select(Agreement).order_by(Agreement.version)).all()
