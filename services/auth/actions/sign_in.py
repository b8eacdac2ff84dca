"""Signing in: limits first, then Argon2, then a session. One answer for everything that is not accepted.

These actions run Argon2, so they open their transactions themselves and are called outside of one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import families, second_factors
from services.auth.actions.passwords import password_matches
from services.auth.actions.tokens import ACCESS_SECONDS, Signer, session_token
from services.auth.errors import CredentialsNotAccepted
from services.auth.models import Account, FailedAttempt, Role, Staff, StaffRole
from services.kit.attempts import Limit, attempt_key, check, forgive, reserve
from services.kit.db import database_time
from services.kit.problems import TokenInvalid
from services.kit.tokens import Principal

# Failures of one user from one address, and of one address with any user. A stranger elsewhere cannot
# lock a citizen out, and a shared address is not closed by a few typing mistakes.
PER_USER = (Limit(5, 15 * 60), Limit(20, 24 * 3600))
PER_SOURCE = (Limit(100, 3600),)

log = structlog.get_logger()


@dataclass(frozen=True)
class Grant:
    """What a sign-in or a refresh gives; `expires_in` is seconds of the access token."""

    access_token: str
    refresh_token: str
    expires_in: int = ACCESS_SECONDS


def sign_in_citizen(
    session: Session, signer: Signer, pepper: bytes, national_code: str, password: str, source: str
) -> Grant:
    """A session of a citizen. Raises CredentialsNotAccepted, TooManyAttempts."""
    limits = _limits(pepper, "citizen", national_code, source)
    with session.begin():
        _check(session, limits)
        account = store.account_by_national_code(session, national_code)
    _match(session, limits, account, password)
    return _start(session, signer, account, Role.CITIZEN)


def sign_in_staff(
    session: Session, signer: Signer, pepper: bytes, username: str, password: str, totp: str, source: str
) -> Grant:
    """A session of an officer or of a clerk; `totp` counts for those who have a second factor.

    Raises CredentialsNotAccepted, TooManyAttempts.
    """
    limits = _limits(pepper, "staff", username, source)
    with session.begin():
        _check(session, limits)
        staff = store.staff_by_username(session, username)
        factor = store.second_factor(session, username)
        now = database_time(session)
    if staff and staff.disabled_at:
        staff = None
    step = second_factors.step_of(pepper, factor, totp, now) if factor else None

    def use_second_factor() -> bool:
        return factor is None or second_factors.use(session, factor, step)

    _match(session, limits, staff, password, use_second_factor)
    officer = staff is not None and staff.role is StaffRole.OFFICER
    return _start(session, signer, staff, Role.OFFICER if officer else Role.INSTITUTION)


Limits = Mapping[str, Sequence[Limit]]


def _limits(pepper: bytes, kind: str, user: str, source: str) -> Limits:
    return {
        attempt_key(pepper, "sign-in", kind, user, source): PER_USER,
        attempt_key(pepper, "sign-in", source): PER_SOURCE,
    }


def _check(session: Session, limits: Limits) -> None:
    for key, exceeded_by in limits.items():
        check(session, FailedAttempt, key, exceeded_by)


def _match(
    session: Session,
    limits: Limits,
    holder: Account | Staff | None,
    password: str,
    use_second_factor: Callable[[], bool] = lambda: True,
) -> None:
    """Compare the password, then use the second factor up, and count a failure of either.

    The limits are looked at a second time, by one attempt after the other: of many guesses at once no more
    are told apart than may fail, and many right sign-ins at once are all let in.
    """
    matches = password_matches(holder.password_hash if holder else None, password)
    with session.begin():
        counted = reserve(session, FailedAttempt, limits)
        matches = matches and use_second_factor()
        if matches:
            forgive(session, FailedAttempt, counted)
    if not matches:
        log.info("sign-in.refused")
        raise CredentialsNotAccepted


def _start(session: Session, signer: Signer, holder: Account | Staff | None, role: Role) -> Grant:
    if holder is None:
        raise CredentialsNotAccepted
    with session.begin():
        family, refresh_token = families.start(session, holder.id, role)
        access_token = session_token(session, signer, family)
    log.info("session.started", subject=str(holder.id), role=role.value)
    return Grant(access_token, refresh_token)


def refresh(session: Session, signer: Signer, refresh_token: str) -> Grant:
    """The next tokens of a session. Raises TokenInvalid; a used refresh token ends the session."""
    with session.begin():
        rotated = families.rotate(session, refresh_token)
        grant = Grant(session_token(session, signer, rotated[0]), rotated[1]) if rotated else None
    # Raised after the commit: a used token has ended its session.
    if grant is None:
        raise TokenInvalid
    return grant


def confirm(
    session: Session, pepper: bytes, caller: Principal, password: str, source: str
) -> Account | Staff:
    """The account or member of staff that calls, after the password was asked for again.

    Raises TokenInvalid when the session has ended, CredentialsNotAccepted, TooManyAttempts.
    """
    limits = _limits(pepper, "confirm", caller.subject, source)
    with session.begin():
        if not families.is_live(session, caller.session_id):
            raise TokenInvalid
        _check(session, limits)
        holder: Account | Staff
        if caller.role == Role.CITIZEN:
            holder = session.get_one(Account, caller.person_id)
        else:
            holder = session.get_one(Staff, caller.person_id)
    _match(session, limits, holder, password)
    return holder
