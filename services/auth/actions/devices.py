"""Known devices: those on which somebody has signed in. `sign_in` asks for them and registers new ones.

A device names itself with the token that it was given, ``<id>.<256 random bits>``. A token of anybody else's,
one that was forgotten and one that is made up are all the same: the device is not known.
"""

import hashlib
import hmac
import secrets
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.models import Account, KnownDevice, Staff
from services.kit.db import sql_now

# The ones that were seen last stay, since some programs sign in without ever sending a token back.
MOST_DEVICES = 20


def find_device(session: Session, holder: Account | Staff | None, token: str) -> KnownDevice | None:
    """Return the device that a token names if it is this holder's, else None."""
    given_id, _, secret = token.partition(".")
    try:
        device_id = uuid.UUID(hex=given_id)
    except ValueError:
        return None
    device = session.get(KnownDevice, device_id)
    if device is None or holder is None or device.owner_id != holder.id:
        return None
    return device if hmac.compare_digest(device.token_hash, _hash(secret)) else None


def register_device(session: Session, owner_id: uuid.UUID) -> str:
    """Return the token of a new device; beyond `MOST_DEVICES` the owner's longest unseen is forgotten."""
    device_id, secret = uuid.uuid4(), secrets.token_urlsafe(32)
    session.execute(sa.insert(KnownDevice).values(id=device_id, owner_id=owner_id, token_hash=_hash(secret)))
    own = sa.select(KnownDevice.id).where(KnownDevice.owner_id == owner_id)
    surplus = own.order_by(KnownDevice.last_seen_at.desc(), KnownDevice.id).offset(MOST_DEVICES)
    session.execute(sa.delete(KnownDevice).where(KnownDevice.id.in_(session.scalars(surplus).all())))
    return f"{device_id.hex}.{secret}"


def note_seen(session: Session, device: KnownDevice) -> None:
    """Write down that somebody has signed in on a device just now."""
    session.execute(sa.update(KnownDevice).where(KnownDevice.id == device.id).values(last_seen_at=sql_now()))


def forget_devices(session: Session, owner_id: uuid.UUID) -> None:
    """Know none of somebody's devices any more."""
    session.execute(sa.delete(KnownDevice).where(KnownDevice.owner_id == owner_id))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
