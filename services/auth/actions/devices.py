"""Known devices, on which someone has signed in. `sign_ins` looks them up and registers new ones.

A device identifies itself with the token that it got, ``<id>.<256 random bits>``. Another owner's token, a
forgotten token and an invented token have the same result: the device is unknown.
"""

import hashlib
import hmac
import secrets
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.models import Account, Ending, KnownDevice, Staff
from services.kit.db import sql_now
from services.kit.endings import add_ending

# The most recently seen devices stay, since some programs never send a token back.
MAX_DEVICES = 20


def find_device(session: Session, holder: Account | Staff | None, token: str) -> KnownDevice | None:
    """Return the device of a token, or None if the token is invalid or another holder's."""
    id_hex, _, secret = token.partition(".")
    try:
        device_id = uuid.UUID(hex=id_hex)
    except ValueError:
        return None
    device = session.get(KnownDevice, device_id)
    if device is None or holder is None or device.owner_id != holder.id:
        return None
    return device if hmac.compare_digest(device.token_hash, _hash_secret(secret)) else None


def register_device(session: Session, owner_id: uuid.UUID, device_id: uuid.UUID, browser: str) -> str:
    """Return the token of a new device; past `MAX_DEVICES`, forget those that were not seen for longest."""
    secret = secrets.token_urlsafe(32)
    values = {"id": device_id, "owner_id": owner_id, "token_hash": _hash_secret(secret), "browser": browser}
    session.execute(sa.insert(KnownDevice).values(values))
    own = sa.select(KnownDevice.id).where(KnownDevice.owner_id == owner_id)
    surplus = own.order_by(KnownDevice.last_seen_at.desc(), KnownDevice.id).offset(MAX_DEVICES)
    session.execute(sa.delete(KnownDevice).where(KnownDevice.id.in_(session.scalars(surplus).all())))
    return f"{device_id.hex}.{secret}"


def mark_seen(session: Session, device: KnownDevice, browser: str) -> None:
    """Store that someone has signed in on a device just now, with this browser."""
    seen = {"last_seen_at": sql_now(), "browser": browser}
    session.execute(sa.update(KnownDevice).where(KnownDevice.id == device.id).values(seen))


def forget_devices(session: Session, owner_id: uuid.UUID) -> None:
    """Delete every known device of an owner."""
    session.execute(sa.delete(KnownDevice).where(KnownDevice.owner_id == owner_id))
    add_ending(session, Ending, "devices.forgotten", owner_id=owner_id)


def _hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
