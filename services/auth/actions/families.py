"""Refresh families: a sign-in and the tokens that follow it, each of them good once.

A refresh token is ``<family id>.<256 random bits>``. Only the newest one's hash is kept, so an older one
shows by itself: somebody else has used it, or its owner has, and the family ends for both.
"""

import hashlib
import secrets
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.models import Outbox, RefreshFamily, Role
from services.kit.db import sql_now
from services.kit.outbox import add_event
from services.kit.problems import Forbidden

# Seconds: a family ends when it was not refreshed for the first, and in any case after the second.
IDLE = 2 * 3600
LONGEST = 12 * 3600


def start(session: Session, subject: uuid.UUID, role: Role) -> tuple[RefreshFamily, str]:
    """A new family and its first refresh token."""
    family_id, (secret, token_hash) = uuid.uuid4(), _new_secret()
    family = RefreshFamily(
        id=family_id, subject=subject, role=role, token_hash=token_hash, expires_at=sql_now(LONGEST)
    )
    session.add(family)
    session.flush()
    return family, f"{family_id.hex}.{secret}"


def _new_secret() -> tuple[str, str]:
    secret = secrets.token_urlsafe(32)
    return secret, _hash(secret)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def rotate(session: Session, refresh_token: str) -> tuple[RefreshFamily, str] | None:
    """The family and its next refresh token, or None when the token is not accepted.

    A token that was used before ends the family, so the caller commits also where None is returned.
    Of two calls at the same moment one UPDATE finds the hash; the other one's token is a used one.
    """
    given_id, _, secret = refresh_token.partition(".")
    try:
        family_id = uuid.UUID(hex=given_id)
    except ValueError:
        return None
    next_secret, next_hash = _new_secret()
    family = session.scalars(
        sa.update(RefreshFamily)
        .where(
            RefreshFamily.id == family_id,
            RefreshFamily.token_hash == _hash(secret),
            RefreshFamily.ended_at.is_(None),
            RefreshFamily.expires_at > sql_now(),
            RefreshFamily.refreshed_at > sql_now(-IDLE),
        )
        .values(token_hash=next_hash, refreshed_at=sql_now())
        .returning(RefreshFamily)
    ).one_or_none()
    if family:
        return family, f"{family_id.hex}.{next_secret}"
    _end(session, "token-reused", RefreshFamily.id == family_id, RefreshFamily.token_hash != _hash(secret))
    return None


def is_live(session: Session, family_id: str | None) -> bool:
    """Whether the session that an access token belongs to has not ended."""
    if family_id is None:
        return False
    ended = sa.select(RefreshFamily.ended_at.is_not(None)).where(RefreshFamily.id == uuid.UUID(family_id))
    return session.scalars(ended).one_or_none() is False


def end(session: Session, family_id: str | None) -> None:
    """End a caller's own session; one that has ended is no error. Raises Forbidden where there is none."""
    if family_id is None:
        raise Forbidden
    _end(session, "signed-out", RefreshFamily.id == uuid.UUID(family_id))


def end_all(session: Session, subject: uuid.UUID, reason: str, *, but: str | None = None) -> None:
    """End every session of a person, or all but one."""
    kept = [RefreshFamily.id != uuid.UUID(but)] if but else []
    _end(session, reason, RefreshFamily.subject == subject, *kept)


def _end(session: Session, reason: str, *which: sa.ColumnElement[bool]) -> None:
    ended = session.execute(
        sa.update(RefreshFamily)
        .where(RefreshFamily.ended_at.is_(None), *which)
        .values(ended_at=sql_now())
        .returning(RefreshFamily.subject, RefreshFamily.role)
    ).all()
    # Only citizens are persons to other services; one event tells of all their sessions.
    for subject in {row.subject for row in ended if row.role is Role.CITIZEN}:
        add_event(session, Outbox, "sessions.ended", subject=subject, data={"reason": reason})
