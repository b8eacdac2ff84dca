"""The tokens of a session: at its start on a device, and at each refresh."""

import uuid
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from services.auth.actions import devices, families
from services.auth.actions.tokens import ACCESS_SECONDS, Signer, sign_session_token
from services.auth.models import Account, KnownDevice, Role, Staff

log = structlog.get_logger()


@dataclass(frozen=True)
class Grant:
    """The tokens of a sign-in or a refresh; `expires_in` is the lifetime of the access token in seconds.

    `device_token` is set when the device was unknown, `wrong_codes` when a member of staff has sent wrong
    one-time codes since the last sign-in.
    """

    access_token: str
    refresh_token: str
    expires_in: int = ACCESS_SECONDS
    device_token: str | None = None
    wrong_codes: int | None = None


def start_session(
    session: Session,
    signer: Signer,
    holder: Account | Staff,
    role: Role,
    device: KnownDevice | None,
    browser: str,
    wrong_codes: int = 0,
) -> Grant:
    """Return the tokens of a new session, with a device token where the device is unknown."""
    device_id = device.id if device else uuid.uuid4()
    family, refresh_token = families.start_session(session, holder, role, device_id, browser)
    access_token = sign_session_token(session, signer, family)
    device_token = None
    if device:
        devices.mark_seen(session, device, browser)
    else:
        device_token = devices.register_device(session, holder.id, device_id, browser)
    log.info("session.started", subject=str(holder.id), role=role.value)
    return Grant(access_token, refresh_token, device_token=device_token, wrong_codes=wrong_codes or None)


def refresh_session(session: Session, signer: Signer, refresh_token: str) -> Grant | None:
    """Return the next tokens of a session, or None when the refresh token is not accepted.

    A token that was used before ends the session, so the caller commits when None is returned too.
    """
    rotated = families.rotate_token(session, refresh_token)
    if rotated is None:
        return None
    family, next_refresh_token = rotated
    return Grant(sign_session_token(session, signer, family), next_refresh_token)
