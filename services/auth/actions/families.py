"""Refresh families: a sign-in and the tokens that follow it, each of them good once.

A refresh token is ``<family id>.<256 random bits>``. Only the newest one's hash is kept, so an older one
shows by itself: somebody else has used it, or its owner has, and the family ends for both.

Whoever starts, refreshes or ends sessions of an account holds its row before the families: so no session
outlives a new password or the end of its account because it began at the same moment.
"""

import hashlib
import secrets
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.actions.endings import announce_sessions
from services.auth.errors import CredentialsNotAccepted
from services.auth.models import Account, RefreshFamily, Role, Staff
from services.kit.db import sql_now
from services.kit.problems import Forbidden

# Seconds: a family ends when it was not refreshed for the first, and in any case after the second.
IDLE = 2 * 3600
LONGEST = 12 * 3600
# Seconds since the last refresh after which no access token of a family can be accepted any more.
TOKENS_LIVE = 15 * 60


def start(session: Session, holder: Account | Staff, role: Role) -> tuple[RefreshFamily, str]:
    """Return a new family and its first refresh token.

    `holder` is as it was when the password was compared. Raises CredentialsNotAccepted when the password has
    changed or the account was disabled since.
    """
    compared = holder.password_hash
    current = _hold_account(session, holder.id, role)
    if current is None or current.password_hash != compared:
        raise CredentialsNotAccepted
    if isinstance(current, Staff) and current.disabled_at:
        raise CredentialsNotAccepted
    family_id, (secret, token_hash) = uuid.uuid4(), _new_secret()
    family = RefreshFamily(
        id=family_id, subject=current.id, role=role, token_hash=token_hash, expires_at=sql_now(LONGEST)
    )
    session.add(family)
    session.flush()
    return family, f"{family_id.hex}.{secret}"


def _hold_account(session: Session, account_id: uuid.UUID, role: Role) -> Account | Staff | None:
    how: dict[str, Any] = {"with_for_update": {"read": True}, "populate_existing": True}
    if role is Role.CITIZEN:
        return session.get(Account, account_id, **how)
    return session.get(Staff, account_id, **how)


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
    known = session.execute(
        sa.select(RefreshFamily.subject, RefreshFamily.role).where(RefreshFamily.id == family_id)
    ).one_or_none()
    if known is None:
        return None
    _hold_account(session, known.subject, known.role)
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
    """End every session of a person or of one of the staff, or all but one; the caller holds their row."""
    kept = [RefreshFamily.id != uuid.UUID(but)] if but else []
    _end(session, reason, RefreshFamily.subject == subject, *kept)


def _end(session: Session, reason: str, *which: sa.ColumnElement[bool]) -> None:
    ended = session.execute(
        sa.update(RefreshFamily)
        .where(RefreshFamily.ended_at.is_(None), *which)
        .values(ended_at=sql_now())
        .returning(
            RefreshFamily.id,
            RefreshFamily.subject,
            RefreshFamily.role,
            (RefreshFamily.refreshed_at > sql_now(-TOKENS_LIVE)).label("has_tokens"),
        )
    ).all()
    # One event tells of all sessions of one person.
    for subject in {row.subject for row in ended}:
        own = [row for row in ended if row.subject == subject]
        person_id = subject if own[0].role is Role.CITIZEN else None
        sids = [row.id for row in own if row.has_tokens]
        # Only citizens are persons to other services: of the others' sessions they need the tokens alone.
        if person_id or sids:
            announce_sessions(session, person_id, reason, sids)
