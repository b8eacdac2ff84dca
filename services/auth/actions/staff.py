"""Officers and clerks, as `commands.staff` manages them.

Every `ensure` is idempotent.
"""

import re
import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import devices, families
from services.auth.actions.endings import publish_disabled_account
from services.auth.actions.institutions import require_institution
from services.auth.actions.tokens import INSTITUTION_SCOPES
from services.auth.errors import CommandRefused
from services.auth.models import Ending, Role, Staff, StaffRole
from services.kit.db import sql_now
from services.kit.endings import add_ending
from services.kit.tokens import ADMIN_SCOPE

OFFICER_SCOPES = ("lists", "objections", "helpdesk", "audit", "accounts:identify")
SESSION_ROLES = {
    StaffRole.OFFICER: Role.OFFICER,
    StaffRole.CLERK: Role.INSTITUTION,
    StaffRole.ADMIN: Role.ADMIN,
}
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")


def ensure_officer(
    session: Session, username: str, scopes: Sequence[str], password_hash: str | None
) -> Staff:
    """Return the officer with exactly these scopes; a password hash of None leaves the password.

    Raises CommandRefused.
    """
    unknown = set(scopes) - set(OFFICER_SCOPES)
    if unknown or not scopes:
        raise CommandRefused(f"an officer's scopes are some of: {', '.join(OFFICER_SCOPES)}")
    return _ensure_staff(session, username, StaffRole.OFFICER, None, sorted(set(scopes)), password_hash)


def ensure_clerk(
    session: Session,
    username: str,
    institution_id: uuid.UUID,
    password_hash: str | None,
    *,
    is_manager: bool = False,
) -> Staff:
    """Return the clerk of an institution; a password hash of None leaves the password.

    With `is_manager` the clerk becomes a manager; without it nothing about that changes. Raises
    CommandRefused.
    """
    require_institution(session, institution_id)
    clerk = _ensure_staff(
        session, username, StaffRole.CLERK, institution_id, INSTITUTION_SCOPES, password_hash
    )
    clerk.is_manager = clerk.is_manager or is_manager
    return clerk


def ensure_admin(session: Session, username: str, password_hash: str | None) -> Staff:
    """Return the admin of that name; a password hash of None leaves the password. Raises CommandRefused."""
    return _ensure_staff(session, username, StaffRole.ADMIN, None, [ADMIN_SCOPE], password_hash)


def is_admitted(session: Session, staff: Staff, now: datetime) -> bool:
    """Return whether someone may sign in: neither they nor their institution is disabled.

    A one-time password is valid for some days only.
    """
    if staff.disabled_at or (staff.password_expires_at and staff.password_expires_at <= now):
        return False
    if staff.institution_id is None:
        return True
    institution = store.find_institution(session, staff.institution_id)
    return institution is not None and institution.disabled_at is None


def _ensure_staff(
    session: Session,
    username: str,
    role: StaffRole,
    institution_id: uuid.UUID | None,
    scopes: Sequence[str],
    password_hash: str | None,
) -> Staff:
    if not USERNAME.fullmatch(username):
        raise CommandRefused("a user name has 3 to 64 of a-z 0-9 . _ - and begins with a letter or digit")
    staff = store.find_staff(session, username)
    if staff is None:
        if password_hash is None:
            raise CommandRefused(f"{username} needs a password")
        staff = Staff(
            username=username,
            role=role,
            institution_id=institution_id,
            password_hash=password_hash,
            scopes=list(scopes),
        )
        session.add(staff)
        session.flush()
    elif (staff.role, staff.institution_id) != (role, institution_id):
        raise CommandRefused(f"the user name {username} belongs to someone else")
    else:
        _change_staff(session, staff, scopes, password_hash)
    return staff


def _change_staff(session: Session, staff: Staff, scopes: Sequence[str], password_hash: str | None) -> None:
    session.refresh(staff, with_for_update=True)
    lost_scopes = set(staff.scopes) - set(scopes)
    if staff.disabled_at:
        add_ending(session, Ending, "staff.enabled", staff_id=staff.id)
    staff.scopes = list(scopes)
    staff.disabled_at = None
    if password_hash:
        staff.password_hash = password_hash
        staff.password_expires_at = None
    session.flush()
    # A token keeps the scopes with which it was issued, so the sessions end.
    if lost_scopes:
        add_ending(session, Ending, "staff.scopes-reduced", staff_id=staff.id, scopes=list(scopes))
        families.end_sessions(session, staff.id, "scopes-reduced")
    if password_hash:
        add_ending(session, Ending, "password.changed", owner_id=staff.id)
        devices.forget_devices(session, staff.id)
        families.end_sessions(session, staff.id, "password-reset")


def check_username_is_free(session: Session, username: str) -> None:
    """Raise CommandRefused when an officer or clerk has that user name."""
    if store.find_staff(session, username):
        raise CommandRefused(f"the user name {username} is taken")


def require_staff(session: Session, username: str, role: StaffRole) -> Staff:
    """Return the officer or clerk of that name. Raises CommandRefused when the name is unknown."""
    staff = store.find_staff(session, username)
    if staff is None or staff.role is not role:
        raise CommandRefused(f"there is no {role.value} {username}")
    return staff


def disable_staff(session: Session, username: str, role: StaffRole) -> None:
    """Disable an officer or clerk and end the sessions. Raises CommandRefused when the name is unknown."""
    staff = require_staff(session, username, role)
    session.refresh(staff, with_for_update=True)
    session.execute(sa.update(Staff).where(Staff.id == staff.id).values(disabled_at=sql_now()))
    add_ending(session, Ending, "staff.disabled", staff_id=staff.id)
    families.end_sessions(session, staff.id, "disabled")
    publish_disabled_account(session, staff.id)
