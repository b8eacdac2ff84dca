"""What auth ends again after a restore: sessions, passwords, mobiles, second factors, staff, clients, keys.

`commands` calls it before the service answers; services/kit/endings says how. The journal has ids only. So a
password that was changed is no longer valid, and the new one is set by a code; a mobile that was changed is
forgotten with its account, and the person registers again under the same id.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import codes, devices, families, keys, mandates, recovery_codes
from services.auth.actions.clients import UNMATCHED_HASH, revoke_tokens
from services.auth.actions.endings import publish_disabled_account
from services.auth.actions.factor_removals import remove_factors
from services.auth.actions.managed_institutions import set_institution_disabled
from services.auth.actions.passwords import Hasher
from services.auth.models import (
    Account,
    CitizenFactor,
    Client,
    Identification,
    KnownDevice,
    MobileReversal,
    Outbox,
    Passkey,
    RecoveryCode,
    RefreshFamily,
    SecondFactor,
)
from services.auth.models.counter import IdentificationStatus
from services.auth.store import locks
from services.kit.db import sql_now
from services.kit.endings import EndingHandler, Entry
from services.kit.outbox import add_event

DAY_SECONDS = 24 * 3600


def build_handlers(hasher: Hasher, token_keys_dir: Path, closing_days: int) -> Mapping[str, EndingHandler]:
    """Return what is done for each ending that auth journals."""
    return {
        "sessions.ended": end_sessions_again,
        "mandate.ended": lambda session, entry: mandates.end_mandate(session, _get_id(entry, "mandate_id")),
        "account.closed": partial(close_account_again, hasher, closing_days),
        "password.changed": partial(invalidate_password, hasher),
        "mobile.changed": forget_account,
        "identification.rejected": partial(close_identification, IdentificationStatus.REJECTED),
        "identification.used": partial(close_identification, IdentificationStatus.ACTIVATED),
        "factor.added": partial(apply_added_factor, hasher),
        "factors.removed": remove_factors_again,
        "totp.removed": lambda session, entry: _remove_totp(session, _get_id(entry, "owner_id")),
        "passkey.removed": remove_passkey_again,
        "recovery-codes.deleted": delete_recovery_codes_again,
        "recovery-code.used": use_recovery_code_again,
        "devices.forgotten": forget_devices_again,
        "staff.disabled": partial(set_staff_disabled, disabled=True),
        "staff.enabled": partial(set_staff_disabled, disabled=False),
        "staff.scopes-reduced": reduce_scopes_of_staff,
        "staff.demoted": remove_management,
        "client.disabled": partial(set_client_disabled, disabled=True),
        "client.enabled": partial(set_client_disabled, disabled=False),
        "client.scopes-reduced": reduce_scopes_of_client,
        "client.secret-replaced": invalidate_secret,
        "institution.disabled": partial(_set_institution, disabled=True),
        "institution.enabled": partial(_set_institution, disabled=False),
        "key.retired": lambda session, entry: keys.retire_key_again(
            session, token_keys_dir, entry.data["kid"]
        ),
    }


def suspend_sessions(session: Session) -> int:
    """Return how many sessions were ended: everybody signs in again, and programs go on."""
    live = sa.select(RefreshFamily.subject).where(RefreshFamily.ended_at.is_(None)).distinct()
    subjects = session.scalars(live).all()
    for subject in subjects:
        families.end_sessions(session, subject, "disabled")
    return len(subjects)


def end_sessions_again(session: Session, entry: Entry) -> None:
    """End sessions, and the tokens that are still valid."""
    families.end_families(session, [uuid.UUID(family) for family in entry.data["families"]])


def close_account_again(hasher: Hasher, grace_days: int, session: Session, entry: Entry) -> None:
    """Close an account, whose days of grace begin now; permits and mandates end with it."""
    account = store.lock_account(session, _get_id(entry, "account_id"))
    if account is None or account.closes_at:
        return
    account.password_hash = hasher.make_unmatched_hash()
    session.execute(
        sa.update(Account)
        .where(Account.id == account.id)
        .values(closes_at=sql_now(grace_days * DAY_SECONDS))
        .execution_options(synchronize_session=False)
    )
    _sign_out(session, account.id, "account-closed")
    mandates.end_mandates(session, account.id)
    add_event(session, Outbox, "account.closed", subject=account.id, data={})


def invalidate_password(hasher: Hasher, session: Session, entry: Entry) -> None:
    """Invalidate a password that had been replaced, until a new one is set.

    A person sets it by a code to the mobile on file, a member of staff gets a one-time password.
    """
    owner_id = _get_id(entry, "owner_id")
    account = store.lock_account(session, owner_id)
    holder = account or locks.lock_staff(session, owner_id)
    if holder is None:
        return
    holder.password_hash = hasher.make_unmatched_hash()
    if account is not None:
        # A new password opens a closed account again.
        account.closes_at = None
    session.flush()
    _sign_out(session, owner_id, "password-reset")


def forget_account(session: Session, entry: Entry) -> None:
    """Delete an account whose mobile on file had been replaced: codes must not go to the old one.

    Its person registers again with the new mobile, under the same id, and finds letters, permits and second
    factors again.
    """
    account = store.lock_account(session, _get_id(entry, "account_id"))
    if account is None:
        return
    _sign_out(session, account.id, "mobile-reversed")
    session.execute(sa.delete(MobileReversal).where(MobileReversal.person_id == account.id))
    session.delete(account)
    session.flush()


def close_identification(status: IdentificationStatus, session: Session, entry: Entry) -> None:
    """End an identification at the counter, which cannot be confirmed or used any more."""
    query = sa.select(Identification).where(Identification.id == _get_id(entry, "identification_id"))
    identification = session.scalars(query.with_for_update()).one_or_none()
    if identification is None:
        return
    identification.status, identification.code_hash = status, None
    if status is IdentificationStatus.ACTIVATED:
        identification.activated_at = entry.at
    else:
        identification.decided_at = entry.at


def apply_added_factor(hasher: Hasher, session: Session, entry: Entry) -> None:
    """End what a second factor had ended when it was added: a sign-in with a password only.

    The factor itself is lost. A person needs a code to the mobile at the next sign-in, on every device; a
    member of staff needs a one-time password.
    """
    owner_id = _get_id(entry, "owner_id")
    if entry.data["replaces"] == "totp":
        _remove_totp(session, owner_id)
    staff = locks.lock_staff(session, owner_id)
    if staff is not None:
        staff.password_hash = hasher.make_unmatched_hash()
        session.flush()
    _sign_out(session, owner_id, "second-factor-changed")


def remove_factors_again(session: Session, entry: Entry) -> None:
    """Remove second factors of an owner, or those that were added since a moment."""
    since = entry.data.get("since")
    owner_id = _get_id(entry, "owner_id")
    remove_factors(session, owner_id, since=datetime.fromisoformat(since) if since else None)


def remove_passkey_again(session: Session, entry: Entry) -> None:
    """Remove one passkey."""
    session.execute(sa.delete(Passkey).where(Passkey.id == _get_id(entry, "passkey_id")))


def delete_recovery_codes_again(session: Session, entry: Entry) -> None:
    """Delete the recovery codes of an owner: others had replaced them."""
    recovery_codes.delete_recovery_codes(session, _get_id(entry, "owner_id"))


def use_recovery_code_again(session: Session, entry: Entry) -> None:
    """Use up one recovery code."""
    own = (
        RecoveryCode.owner_id == _get_id(entry, "owner_id"),
        RecoveryCode.position == entry.data["position"],
    )
    session.execute(sa.delete(RecoveryCode).where(*own))


def forget_devices_again(session: Session, entry: Entry) -> None:
    """Forget one device of an owner, or all."""
    owner_id, device_id = _get_id(entry, "owner_id"), entry.data.get("device_id")
    if device_id:
        own = (KnownDevice.owner_id == owner_id, KnownDevice.id == uuid.UUID(device_id))
        session.execute(sa.delete(KnownDevice).where(*own))
    else:
        devices.forget_devices(session, owner_id)


def set_staff_disabled(session: Session, entry: Entry, *, disabled: bool) -> None:
    """Disable or enable a member of staff."""
    staff = locks.lock_staff(session, _get_id(entry, "staff_id"))
    if staff is None or bool(staff.disabled_at) == disabled:
        return
    staff.disabled_at = entry.at if disabled else None
    session.flush()
    if disabled:
        families.end_sessions(session, staff.id, "disabled")
        publish_disabled_account(session, staff.id)


def reduce_scopes_of_staff(session: Session, entry: Entry) -> None:
    """Take the scopes from a member of staff that were taken."""
    staff = locks.lock_staff(session, _get_id(entry, "staff_id"))
    if staff is not None:
        staff.scopes = _keep_scopes(staff.scopes, entry)
        session.flush()
        families.end_sessions(session, staff.id, "scopes-reduced")


def remove_management(session: Session, entry: Entry) -> None:
    """Take the management of the institution from a clerk."""
    staff = locks.lock_staff(session, _get_id(entry, "staff_id"))
    if staff is not None:
        staff.is_manager = False
        session.flush()
        families.end_sessions(session, staff.id, "scopes-reduced")


def set_client_disabled(session: Session, entry: Entry, *, disabled: bool) -> None:
    """Disable or enable a client."""
    _change_client(
        session, entry, lambda client: setattr(client, "disabled_at", entry.at if disabled else None)
    )


def reduce_scopes_of_client(session: Session, entry: Entry) -> None:
    """Take the scopes from a client that were taken."""
    _change_client(
        session, entry, lambda client: setattr(client, "scopes", _keep_scopes(client.scopes, entry))
    )


def invalidate_secret(session: Session, entry: Entry) -> None:
    """Invalidate a secret that had been replaced, until the client gets a new one."""
    _change_client(session, entry, lambda client: setattr(client, "secret_hash", UNMATCHED_HASH))


def _change_client(session: Session, entry: Entry, change: Callable[[Client], None]) -> None:
    client = locks.lock_client(session, entry.data["client_id"])
    if client is None:
        return
    change(client)
    session.flush()
    revoke_tokens(session, client)


def _keep_scopes(scopes: list[str], entry: Entry) -> list[str]:
    return [scope for scope in scopes if scope in entry.data["scopes"]]


def _set_institution(session: Session, entry: Entry, *, disabled: bool) -> None:
    set_institution_disabled(session, _get_id(entry, "institution_id"), disabled=disabled)


def _remove_totp(session: Session, owner_id: uuid.UUID) -> None:
    session.execute(sa.delete(CitizenFactor).where(CitizenFactor.owner_id == owner_id))
    session.execute(sa.delete(SecondFactor).where(SecondFactor.staff_id == owner_id))


def _sign_out(session: Session, owner_id: uuid.UUID, reason: str) -> None:
    codes.invalidate_codes(session, owner_id)
    devices.forget_devices(session, owner_id)
    families.end_sessions(session, owner_id, reason)


def _get_id(entry: Entry, name: str) -> uuid.UUID:
    return uuid.UUID(entry.data[name])
