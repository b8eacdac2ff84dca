"""Refresh families: a sign-in and the refresh tokens that follow it, each of them valid once.

A refresh token is ``<family id>.<256 random bits>``. Only the hash of the newest token is stored. An older
token therefore shows that a token was used twice, by its owner or by someone else, and the family ends for
both.

A transaction that starts, refreshes or ends sessions of an account locks the account's row before the
families. So no session that begins at the same moment outlives a new password or the end of its account.
"""

import hashlib
import secrets
import uuid
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.actions.endings import publish_ended_sessions
from services.auth.errors import CredentialsNotAccepted
from services.auth.models import Account, ActingSession, Ending, RefreshFamily, Role, Staff
from services.auth.store.mandates import end_acting_sessions
from services.kit.db import sql_now
from services.kit.endings import add_ending
from services.kit.problems import Forbidden

# Seconds: the idle timeout of a family since its last refresh, and its absolute lifetime.
IDLE_TIMEOUT = 2 * 3600
LIFETIME = 12 * 3600
# Seconds since the last refresh after which every access token of a family has expired.
TOKENS_LIVE = 15 * 60


def start_session(
    session: Session,
    holder: Account | Staff,
    role: Role,
    device_id: uuid.UUID | None = None,
    browser: str | None = None,
) -> tuple[RefreshFamily, str]:
    """Return a new family and its first refresh token.

    `holder` is as it was when the password was compared. Raises CredentialsNotAccepted when the password has
    changed or the account was disabled since.
    """
    compared_hash = holder.password_hash
    current = _lock_holder(session, holder.id, role)
    if current is None or current.password_hash != compared_hash:
        raise CredentialsNotAccepted
    if current.disabled_at if isinstance(current, Staff) else current.closes_at:
        raise CredentialsNotAccepted
    family_id, (secret, token_hash) = uuid.uuid4(), _generate_secret()
    family = RefreshFamily(
        id=family_id,
        subject=current.id,
        role=role,
        token_hash=token_hash,
        expires_at=sql_now(LIFETIME),
        device_id=device_id,
        browser=browser,
    )
    session.add(family)
    session.flush()
    return family, f"{family_id.hex}.{secret}"


def _lock_holder(session: Session, holder_id: uuid.UUID, role: Role) -> Account | Staff | None:
    options: dict[str, Any] = {"with_for_update": {"read": True}, "populate_existing": True}
    if role is Role.CITIZEN:
        return session.get(Account, holder_id, **options)
    return session.get(Staff, holder_id, **options)


def _generate_secret() -> tuple[str, str]:
    secret = secrets.token_urlsafe(32)
    return secret, _hash_secret(secret)


def _hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def rotate_token(session: Session, refresh_token: str) -> tuple[RefreshFamily, str] | None:
    """Return the family and its next refresh token, or None when the token is not accepted.

    A token that was used before ends the family, so the caller commits when None is returned too. Of two
    simultaneous calls, the UPDATE of one matches the hash; the token of the other counts as used.
    """
    id_hex, _, secret = refresh_token.partition(".")
    try:
        family_id = uuid.UUID(hex=id_hex)
    except ValueError:
        return None
    holder = session.execute(
        sa.select(RefreshFamily.subject, RefreshFamily.role).where(RefreshFamily.id == family_id)
    ).one_or_none()
    if holder is None:
        return None
    _lock_holder(session, holder.subject, holder.role)
    next_secret, next_hash = _generate_secret()
    family = session.scalars(
        sa.update(RefreshFamily)
        .where(
            RefreshFamily.id == family_id,
            RefreshFamily.token_hash == _hash_secret(secret),
            RefreshFamily.ended_at.is_(None),
            RefreshFamily.expires_at > sql_now(),
            RefreshFamily.refreshed_at > sql_now(-IDLE_TIMEOUT),
        )
        .values(token_hash=next_hash, refreshed_at=sql_now())
        .returning(RefreshFamily)
    ).one_or_none()
    if family:
        return family, f"{family_id.hex}.{next_secret}"
    is_reused = RefreshFamily.token_hash != _hash_secret(secret)
    _end_matching(session, "token-reused", RefreshFamily.id == family_id, is_reused)
    return None


def is_live(session: Session, family_id: str | None) -> bool:
    """Return whether the session of an access token has not ended."""
    if family_id is None:
        return False
    ended = sa.select(RefreshFamily.ended_at.is_not(None)).where(RefreshFamily.id == uuid.UUID(family_id))
    return session.scalars(ended).one_or_none() is False


def end_session(session: Session, family_id: str | None) -> None:
    """End a caller's own session; idempotent. Raises Forbidden for a caller without a session."""
    if family_id is None:
        raise Forbidden
    _end_matching(session, "signed-out", RefreshFamily.id == uuid.UUID(family_id))


def end_sessions_of_device(session: Session, subject: uuid.UUID, device_id: uuid.UUID) -> None:
    """End the sessions that began on a device, or the one session of that id, of somebody's own."""
    of_device = sa.or_(RefreshFamily.device_id == device_id, RefreshFamily.id == device_id)
    _end_matching(session, "signed-out", RefreshFamily.subject == subject, of_device)


def end_sessions(session: Session, subject: uuid.UUID, reason: str, *, except_for: str | None = None) -> None:
    """End the sessions of a person or member of staff, whose row the caller has locked."""
    others = [RefreshFamily.id != uuid.UUID(except_for)] if except_for else []
    _end_matching(session, reason, RefreshFamily.subject == subject, *others)


def end_families(session: Session, family_ids: Collection[uuid.UUID]) -> None:
    """End families by their ids, as they had ended before a restore."""
    _end_matching(session, "signed-out", RefreshFamily.id.in_(family_ids))


def _end_matching(session: Session, reason: str, *conditions: sa.ColumnElement[bool]) -> None:
    ended = session.execute(
        sa.update(RefreshFamily)
        .where(RefreshFamily.ended_at.is_(None), *conditions)
        .values(ended_at=sql_now())
        .returning(
            RefreshFamily.id,
            RefreshFamily.subject,
            RefreshFamily.role,
            (RefreshFamily.refreshed_at > sql_now(-TOKENS_LIVE)).label("has_tokens"),
        )
    ).all()
    if ended:
        add_ending(session, Ending, "sessions.ended", families=[str(row.id) for row in ended])
    # One event lists all sessions of one person.
    for subject in {row.subject for row in ended}:
        own = [row for row in ended if row.subject == subject]
        person_id = subject if own[0].role is Role.CITIZEN else None
        sids = [row.id for row in own if row.has_tokens]
        of_families = ActingSession.family_id.in_([row.id for row in own])
        sids += [acting.id for acting in end_acting_sessions(session, of_families)]
        # Other services know only citizens as persons: of the staff they need only sessions that have tokens.
        if person_id or sids:
            publish_ended_sessions(session, person_id, reason, sids)
