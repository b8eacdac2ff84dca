"""What people see of their own account, its devices and sessions, and what they change there."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import enrolments, families, preferences, recovery_codes
from services.auth.actions.browsers import split_browser
from services.auth.actions.staff import SESSION_ROLES
from services.auth.models import (
    Account,
    Ending,
    KnownDevice,
    LetterView,
    NoticeMixin,
    RefreshFamily,
    Role,
    Staff,
)
from services.kit.db import sql_now
from services.kit.endings import add_ending
from services.kit.problems import NotFound, TokenInvalid
from services.kit.tokens import Principal

VISIBLE_DIGITS = 4


@dataclass(frozen=True)
class OwnDevice:
    """A device on which somebody has signed in, with its sessions; or a session of an unknown device."""

    id: uuid.UUID
    browser: str | None
    system: str | None
    first_used_at: datetime
    last_used_at: datetime
    is_signed_in: bool
    is_current: bool


def find_holder(session: Session, caller: Principal) -> Account | Staff:
    """Return the account or member of staff that calls. Raises TokenInvalid if it is gone."""
    holder: Account | Staff | None
    if caller.role == Role.CITIZEN:
        holder = session.get(Account, caller.person_id)
    else:
        holder = session.get(Staff, caller.person_id)
    if holder is None:
        raise TokenInvalid
    return holder


def describe_account(session: Session, holder: Account | Staff) -> dict[str, Any]:
    """Return the members of one's own account; the mobile is masked."""
    factors = enrolments.list_factors(session, holder)
    shared = {
        "second_factors": factors,
        "has_second_factor": bool(factors),
        "recovery_codes_left": recovery_codes.count_recovery_codes(session, holder.id),
    }
    if isinstance(holder, Account):
        return shared | {
            "role": Role.CITIZEN.value,
            "national_code": holder.national_code,
            "insurance_number": holder.insurance_number,
            "mobile": mask_mobile(holder.mobile),
            "language": holder.language or "fa",
            "activated_at": holder.activated_at,
        }
    institution = store.find_institution(session, holder.institution_id) if holder.institution_id else None
    return shared | {
        "role": SESSION_ROLES[holder.role].value,
        "username": holder.username,
        "institution": institution.name if institution else None,
        "activated_at": holder.added_at,
    }


def mask_mobile(mobile: str) -> str:
    """Return a mobile of which only the first and the last digits can be read."""
    hidden = "*" * (len(mobile) - 2 * VISIBLE_DIGITS)
    return f"{mobile[:VISIBLE_DIGITS]}{hidden}{mobile[-VISIBLE_DIGITS:]}"


def set_language(session: Session, caller: Principal, language: str) -> Account:
    """Return the account of a citizen, whose messages are in another language from now on."""
    account = store.lock_account(session, caller.person_id)
    if account is None:
        raise TokenInvalid
    account.language = language
    session.flush()
    return account


def list_devices(session: Session, caller: Principal) -> Sequence[OwnDevice]:
    """Return the devices and the live sessions of the caller, the one that was used last first."""
    live: dict[uuid.UUID, list[RefreshFamily]] = {}
    for family in session.scalars(_select_live_sessions(caller.person_id)):
        live.setdefault(family.device_id or family.id, []).append(family)
    own = session.scalars(sa.select(KnownDevice).where(KnownDevice.owner_id == caller.person_id))
    devices = {device.id: device for device in own}
    described = [
        _describe_device(device_id, devices.get(device_id), live.get(device_id, []), caller)
        for device_id in {**devices, **live}
    ]
    return sorted(described, key=lambda device: device.last_used_at, reverse=True)


def _select_live_sessions(owner_id: uuid.UUID) -> sa.Select[RefreshFamily]:
    return sa.select(RefreshFamily).where(
        RefreshFamily.subject == owner_id,
        RefreshFamily.ended_at.is_(None),
        RefreshFamily.expires_at > sql_now(),
        RefreshFamily.refreshed_at > sql_now(-families.IDLE_TIMEOUT),
    )


def _describe_device(
    device_id: uuid.UUID, device: KnownDevice | None, live: Sequence[RefreshFamily], caller: Principal
) -> OwnDevice:
    described = device.browser if device else None
    browser, system = split_browser(described or next((family.browser for family in live), None))
    starts = [device.first_seen_at] if device else []
    uses = [device.last_seen_at] if device else []
    return OwnDevice(
        id=device_id,
        browser=browser,
        system=system,
        first_used_at=min(starts + [family.started_at for family in live]),
        last_used_at=max(uses + [family.refreshed_at for family in live]),
        is_signed_in=bool(live),
        is_current=any(str(family.id) == caller.session_id for family in live),
    )


def forget_device(session: Session, caller: Principal, device_id: uuid.UUID) -> None:
    """End the sessions of a device, or one session, and forget the device. Raises NotFound."""
    if device_id not in {device.id for device in list_devices(session, caller)}:
        raise NotFound
    enrolments.lock_holder(session, find_holder(session, caller))
    families.end_sessions_of_device(session, caller.person_id, device_id)
    own = (KnownDevice.id == device_id, KnownDevice.owner_id == caller.person_id)
    session.execute(sa.delete(KnownDevice).where(*own))
    add_ending(session, Ending, "devices.forgotten", owner_id=caller.person_id, device_id=device_id)


def export_account(session: Session, caller: Principal) -> dict[str, Any]:
    """Return everything that auth stores about the caller, but for secrets and their hashes."""
    holder = find_holder(session, caller)
    document: dict[str, Any] = {
        "account": describe_account(session, holder)
        | ({"mobile": holder.mobile} if isinstance(holder, Account) else {}),
        "devices": list_devices(session, caller),
    }
    if isinstance(holder, Account):
        document |= {
            "preferences": [asdict(item) for item in preferences.list_preferences(session, holder.id)],
            "messages": _list_messages(session, holder.id),
            "views": _list_views(session, holder.id),
        }
    return document


def _list_messages(session: Session, person_id: uuid.UUID) -> list[dict[str, Any]]:
    """Return the messages to a person that are still stored, oldest first; their texts are not."""
    notices: list[NoticeMixin] = []
    for model in NoticeMixin.__subclasses__():
        notices += session.scalars(sa.select(model).where(model.person_id == person_id))
    return [
        {
            "kind": notice.message_kind,
            "occurred_at": notice.occurred_at,
            "is_sent": notice.sends > 0 and notice.due_at is None,
        }
        for notice in sorted(notices, key=lambda notice: notice.occurred_at)
    ]


def _list_views(session: Session, person_id: uuid.UUID) -> Sequence[LetterView]:
    """Return the views of letters that wait for the message of their day, oldest first."""
    own = sa.select(LetterView).where(LetterView.person_id == person_id)
    return session.scalars(own.order_by(LetterView.occurred_at)).all()
