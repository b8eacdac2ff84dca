"""Accounts of officers, admins and clerks, as admins and institutions' managers administer them.

A new account and a reset one get a one-time password, which is shown once and leads only to a new password.
Every change is in the log. Nobody changes the own account here.
"""

import secrets
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import devices, families
from services.auth.actions.acts import Actor, record_act
from services.auth.actions.endings import publish_disabled_account
from services.auth.actions.factor_removals import remove_factors
from services.auth.actions.managed_institutions import require_enabled_institution
from services.auth.actions.passwords import Hasher
from services.auth.actions.tokens import INSTITUTION_SCOPES
from services.auth.errors import LimitReached, OwnAccount, TooManyAdded, UsernameTaken
from services.auth.models import ActorRole, Ending, SecondFactor, Staff, StaffRole
from services.auth.store import locks
from services.kit.db import sql_now
from services.kit.endings import add_ending
from services.kit.problems import NotFound
from services.kit.tokens import ADMIN_SCOPE

# Letters and digits that are not mistaken for each other: 80 random bits in groups of four.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_SIZE = 4, 4
ONE_TIME_PASSWORD_DAYS = 7
DAY = 24 * 3600
# inquiry limits failures per clerk, so an institution with many clerks could make more guesses.
MAX_CLERKS = 200
MAX_CLERKS_A_DAY = 50
OFFICERS = frozenset({StaffRole.OFFICER, StaffRole.ADMIN})
CLERKS = frozenset({StaffRole.CLERK})


@dataclass(frozen=True)
class OneTimePassword:
    """A password that is shown once, and its hash."""

    text: str = field(repr=False)
    hash: str = field(repr=False)


def generate_one_time_password(hasher: Hasher) -> OneTimePassword:
    """Return a random password. Argon2 runs, so no transaction is open."""
    groups = ["".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_SIZE)) for _ in range(_GROUPS)]
    text = "-".join(groups)
    return OneTimePassword(text, hasher.hash_password(text))


def list_staff(session: Session, institution_id: uuid.UUID | None) -> Sequence[Staff]:
    """Return the clerks of an institution, or with None the officers and admins, by user name."""
    of_institution = (
        Staff.institution_id.is_(None) if institution_id is None else Staff.institution_id == institution_id
    )
    return session.scalars(sa.select(Staff).where(of_institution).order_by(Staff.username)).all()


def add_officer(
    session: Session, actor: Actor, username: str, role: StaffRole, scopes: Sequence[str], password_hash: str
) -> Staff:
    """Return a new officer, or a new admin, who has no scopes of officers. Raises UsernameTaken."""
    given = [ADMIN_SCOPE] if role is StaffRole.ADMIN else sorted(set(scopes))
    staff = _add_staff(session, username, role, given, password_hash)
    record_act(session, actor, "officer-added", username, role=role.value, scopes=given)
    return staff


def add_clerk(
    session: Session,
    actor: Actor,
    institution_id: uuid.UUID,
    username: str,
    password_hash: str,
    *,
    is_manager: bool,
) -> Staff:
    """Return a new clerk of an institution.

    Raises NotFound, InstitutionDisabled, LimitReached, TooManyAdded, UsernameTaken.
    """
    require_enabled_institution(session, institution_id)
    _check_clerk_limit(session, institution_id)
    added_today = sa.select(sa.func.count()).where(
        Staff.institution_id == institution_id, Staff.added_at > sql_now(-DAY)
    )
    # Disabled clerks count too: their guesses have been made.
    if actor.role is ActorRole.MANAGER and session.scalars(added_today).one() >= MAX_CLERKS_A_DAY:
        raise TooManyAdded(most=MAX_CLERKS_A_DAY)
    staff = _add_staff(
        session, username, StaffRole.CLERK, INSTITUTION_SCOPES, password_hash, institution_id, is_manager
    )
    record_act(session, actor, "clerk-added", username, institution_id=institution_id, is_manager=is_manager)
    return staff


def _check_clerk_limit(session: Session, institution_id: uuid.UUID) -> None:
    """Raise LimitReached if an institution has as many clerks as it may have. Its row is locked."""
    enabled = sa.select(sa.func.count()).where(
        Staff.institution_id == institution_id, Staff.disabled_at.is_(None)
    )
    if session.scalars(enabled).one() >= MAX_CLERKS:
        raise LimitReached(most=MAX_CLERKS)


def _add_staff(
    session: Session,
    username: str,
    role: StaffRole,
    scopes: Sequence[str],
    password_hash: str,
    institution_id: uuid.UUID | None = None,
    is_manager: bool = False,
) -> Staff:
    staff = Staff(
        username=username,
        role=role,
        institution_id=institution_id,
        password_hash=password_hash,
        password_expires_at=sql_now(ONE_TIME_PASSWORD_DAYS * DAY),
        scopes=list(scopes),
        is_manager=is_manager,
    )
    try:
        with session.begin_nested():
            session.add(staff)
    except IntegrityError as error:
        raise UsernameTaken from error
    session.refresh(staff)
    return staff


def get_staff(session: Session, staff_id: uuid.UUID, roles: Collection[StaffRole]) -> Staff:
    """Return a member of staff of one of the roles. Raises NotFound."""
    staff = session.get(Staff, staff_id)
    if staff is None or staff.role not in roles:
        raise NotFound
    return staff


def lock_staff(session: Session, actor: Actor, staff_id: uuid.UUID, roles: Collection[StaffRole]) -> Staff:
    """Return someone whom the actor may change, with the row locked.

    Raises NotFound for others, so that a manager sees only the own clerks; OwnAccount for the actor.
    """
    staff = locks.lock_staff(session, staff_id)
    if staff is None or staff.role not in roles:
        raise NotFound
    if actor.institution_id is not None and staff.institution_id != actor.institution_id:
        raise NotFound
    if staff.id == actor.id:
        raise OwnAccount
    return staff


def change_officer(
    session: Session, actor: Actor, staff: Staff, scopes: Sequence[str] | None, *, disabled: bool
) -> None:
    """Set the scopes of an officer, whose row is locked, and disable or enable the account.

    None leaves the scopes; those of an admin never change.
    """
    is_fixed = scopes is None or staff.role is StaffRole.ADMIN
    given = staff.scopes if is_fixed else sorted(set(scopes or ()))
    former = list(staff.scopes)
    if former != given:
        staff.scopes = list(given)
        session.flush()
        record_act(session, actor, "scopes-changed", staff.username, former=former, scopes=list(given))
        # A token keeps the scopes with which it was issued.
        if set(former) - set(given):
            add_ending(session, Ending, "staff.scopes-reduced", staff_id=staff.id, scopes=list(given))
            families.end_sessions(session, staff.id, "scopes-reduced")
    set_disabled(session, actor, staff, disabled=disabled)


def change_clerk(
    session: Session, actor: Actor, staff: Staff, *, is_manager: bool | None, disabled: bool
) -> None:
    """Make a clerk, whose row is locked, a manager or not, and disable or enable the account.

    Raises LimitReached.
    """
    if is_manager is not None and is_manager != staff.is_manager:
        staff.is_manager = is_manager
        session.flush()
        record_act(
            session,
            actor,
            "manager-changed",
            staff.username,
            institution_id=staff.institution_id,
            is_manager=is_manager,
        )
        if not is_manager:
            add_ending(session, Ending, "staff.demoted", staff_id=staff.id)
            families.end_sessions(session, staff.id, "scopes-reduced")
    if staff.institution_id and staff.disabled_at and not disabled:
        store.lock_institution(session, staff.institution_id)
        _check_clerk_limit(session, staff.institution_id)
    set_disabled(session, actor, staff, disabled=disabled)


def set_disabled(session: Session, actor: Actor, staff: Staff, *, disabled: bool) -> None:
    """Disable or enable an account whose row is locked; the sessions of a disabled one end."""
    if bool(staff.disabled_at) == disabled:
        return
    session.execute(
        sa.update(Staff).where(Staff.id == staff.id).values(disabled_at=sql_now() if disabled else None)
    )
    session.refresh(staff)
    add_ending(session, Ending, "staff.disabled" if disabled else "staff.enabled", staff_id=staff.id)
    if disabled:
        families.end_sessions(session, staff.id, "disabled")
        publish_disabled_account(session, staff.id)
    action = "account-disabled" if disabled else "account-enabled"
    record_act(session, actor, action, staff.username, institution_id=staff.institution_id)


def reset_password(session: Session, actor: Actor, staff: Staff, password_hash: str) -> None:
    """Give an account, whose row is locked, a one-time password; sessions and known devices end."""
    session.execute(
        sa.update(Staff)
        .where(Staff.id == staff.id)
        .values(password_hash=password_hash, password_expires_at=sql_now(ONE_TIME_PASSWORD_DAYS * DAY))
    )
    session.refresh(staff)
    add_ending(session, Ending, "password.changed", owner_id=staff.id)
    devices.forget_devices(session, staff.id)
    families.end_sessions(session, staff.id, "password-reset")
    record_act(session, actor, "password-reset", staff.username, institution_id=staff.institution_id)


def remove_second_factor(session: Session, actor: Actor, staff: Staff) -> None:
    """Remove the second factors of an account whose row is locked; the sessions end. Idempotent.

    Passkeys and recovery codes are removed too.
    """
    if not store.list_owners_with_factors(session, [staff.id]):
        return
    session.execute(sa.delete(SecondFactor).where(SecondFactor.staff_id == staff.id))
    add_ending(session, Ending, "totp.removed", owner_id=staff.id)
    remove_factors(session, staff.id)
    families.end_sessions(session, staff.id, "second-factor-changed")
    record_act(session, actor, "second-factor-removed", staff.username, institution_id=staff.institution_id)


def end_sessions(session: Session, actor: Actor, staff: Staff) -> None:
    """End all sessions of an account whose row is locked, and forget its known devices."""
    devices.forget_devices(session, staff.id)
    families.end_sessions(session, staff.id, "signed-out")
    record_act(session, actor, "sessions-ended", staff.username, institution_id=staff.institution_id)
