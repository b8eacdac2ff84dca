"""Second factors that people add and remove themselves. Called by the routes under /me/second-factors.

A time-based code is required only after its first code was right. Every change is a message to the owner.
Sessions that began without the second factor end, but for the one that adds it.
"""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import families, recovery_codes, second_factors
from services.auth.actions.account_notices import notify_of_second_factor
from services.auth.errors import FactorRequestExpired
from services.auth.models import (
    Account,
    CitizenFactor,
    Ending,
    FactorRequest,
    FactorRequestKind,
    Passkey,
    SecondFactor,
    Staff,
)
from services.auth.store import locks, users
from services.kit.db import read_database_time, sql_now
from services.kit.endings import add_ending
from services.kit.problems import NotFound, TokenInvalid

LIFETIME = 600
# The ids of time-based codes, of which an owner has at most one.
TOTP_NAMESPACE = uuid.UUID("6f1c1a52-6d0e-4a0a-9b5e-0a4a4b1f7d11")

log = structlog.get_logger()


@dataclass(frozen=True)
class OwnFactor:
    """A second factor as its owner sees it; `name` is that of a passkey."""

    id: uuid.UUID
    kind: FactorRequestKind
    name: str | None
    added_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class NewTotp:
    """A secret that is shown once; it counts after its first code."""

    id: uuid.UUID
    secret: str
    otpauth_url: str
    expires_at: datetime


def list_factors(session: Session, holder: Account | Staff) -> Sequence[OwnFactor]:
    """Return the second factors of a person or a member of staff."""
    totp = _find_totp(session, holder)
    own = [] if totp is None else [_describe_totp(totp)]
    passkeys = sa.select(Passkey).where(Passkey.owner_id == holder.id).order_by(Passkey.added_at, Passkey.id)
    return [
        *own,
        *(
            OwnFactor(key.id, FactorRequestKind.PASSKEY, key.name, key.added_at, key.last_used_at)
            for key in session.scalars(passkeys)
        ),
    ]


def _find_totp(session: Session, holder: Account | Staff) -> CitizenFactor | SecondFactor | None:
    if isinstance(holder, Account):
        return session.get(CitizenFactor, holder.id)
    return session.get(SecondFactor, holder.id)


def _describe_totp(totp: CitizenFactor | SecondFactor) -> OwnFactor:
    used_at = datetime.fromtimestamp(totp.last_step * second_factors.STEP_SECONDS, tz=UTC)
    return OwnFactor(
        _derive_totp_id(totp.owner_id),
        FactorRequestKind.TOTP,
        None,
        totp.enrolled_at,
        used_at if totp.last_step else None,
    )


def request_totp(session: Session, pepper: bytes, holder: Account | Staff) -> NewTotp:
    """Return a new secret for an authenticator; an earlier one that was not confirmed is invalid."""
    secret = secrets.token_bytes(second_factors.SECRET_BYTES)
    sealed = second_factors.seal_secret(pepper, holder.id, secret)
    request = add_request(session, FactorRequestKind.TOTP, sealed, holder.id)
    user = users.find_number(holder) if isinstance(holder, Account) else holder.username
    text, otpauth_url = second_factors.format_secret(secret, user)
    return NewTotp(request.id, text, otpauth_url, request.expires_at)


def add_request(
    session: Session, kind: FactorRequestKind, secret: bytes, owner_id: uuid.UUID | None
) -> FactorRequest:
    """Return a new request, which replaces the owner's earlier one of that kind."""
    if owner_id:
        earlier = (FactorRequest.owner_id == owner_id, FactorRequest.kind == kind)
        session.execute(sa.delete(FactorRequest).where(*earlier))
    request = FactorRequest(kind=kind, secret=secret, owner_id=owner_id, expires_at=sql_now(LIFETIME))
    session.add(request)
    session.flush()
    session.refresh(request)
    return request


def require_own_request(session: Session, request_id: uuid.UUID, owner_id: uuid.UUID) -> None:
    """Raise NotFound unless a request exists and is its owner's."""
    request = session.get(FactorRequest, request_id)
    if request is None or request.owner_id != owner_id:
        raise NotFound


def lock_request(session: Session, request_id: uuid.UUID) -> FactorRequest:
    """Return an open request, locked. Raises NotFound, FactorRequestExpired."""
    request = session.get(FactorRequest, request_id, with_for_update=True, populate_existing=True)
    if request is None:
        raise NotFound
    if store.has_expired(session, request.expires_at):
        raise FactorRequestExpired
    return request


def confirm_totp(
    session: Session, pepper: bytes, holder: Account | Staff, request: FactorRequest, code: str
) -> bool:
    """Return whether the first code of a new secret is right; it is required from then on."""
    now = read_database_time(session)
    step = second_factors.find_step_of_secret(pepper, holder.id, request.secret, code, now)
    if step is None:
        return False
    if isinstance(holder, Account):
        session.execute(sa.delete(CitizenFactor).where(CitizenFactor.owner_id == holder.id))
        session.add(CitizenFactor(owner_id=holder.id, sealed_secret=request.secret, last_step=step))
    else:
        session.execute(sa.delete(SecondFactor).where(SecondFactor.staff_id == holder.id))
        session.add(SecondFactor(staff_id=holder.id, sealed_secret=request.secret, last_step=step))
    session.delete(request)
    add_ending(session, Ending, "factor.added", owner_id=holder.id, replaces="totp")
    return True


def finish_enrolment(
    session: Session, pepper: bytes, holder: Account | Staff, session_id: str | None
) -> Sequence[str]:
    """End the other sessions, notify the owner, and return recovery codes for the first second factor."""
    families.end_sessions(session, holder.id, "second-factor-changed", except_for=session_id)
    notify_of_second_factor(session, pepper, holder)
    log.info("second-factor.added", subject=str(holder.id))
    if recovery_codes.count_recovery_codes(session, holder.id):
        return []
    return recovery_codes.replace_recovery_codes(session, pepper, holder.id)


def require_own_factor(session: Session, owner_id: uuid.UUID, factor_id: uuid.UUID) -> None:
    """Raise NotFound unless somebody has that second factor."""
    passkey = session.get(Passkey, factor_id)
    if passkey and passkey.owner_id == owner_id:
        return
    has_totp = session.get(CitizenFactor, owner_id) or session.get(SecondFactor, owner_id)
    if not has_totp or factor_id != _derive_totp_id(owner_id):
        raise NotFound


def _derive_totp_id(owner_id: uuid.UUID) -> uuid.UUID:
    return uuid.uuid5(TOTP_NAMESPACE, str(owner_id))


def remove_factor(session: Session, pepper: bytes, holder: Account | Staff, factor_id: uuid.UUID) -> None:
    """Remove a second factor of its owner; with the last one the recovery codes. Raises NotFound."""
    totp = _find_totp(session, holder)
    if totp and _describe_totp(totp).id == factor_id:
        session.delete(totp)
        add_ending(session, Ending, "totp.removed", owner_id=holder.id)
    else:
        own = (Passkey.id == factor_id, Passkey.owner_id == holder.id)
        if session.execute(sa.delete(Passkey).where(*own).returning(Passkey.id)).one_or_none() is None:
            raise NotFound
        add_ending(session, Ending, "passkey.removed", passkey_id=factor_id)
    session.flush()
    if not list_factors(session, holder):
        recovery_codes.delete_recovery_codes(session, holder.id)
    notify_of_second_factor(session, pepper, holder)
    log.info("second-factor.removed", subject=str(holder.id))


def lock_holder(session: Session, holder: Account | Staff) -> Account | Staff:
    """Return an account or a member of staff as it is now, locked. Raises TokenInvalid if it is gone."""
    current: Account | Staff | None
    if isinstance(holder, Account):
        current = store.lock_account(session, holder.id)
    else:
        current = locks.lock_staff(session, holder.id)
    if current is None:
        raise TokenInvalid
    return current
