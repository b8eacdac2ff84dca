"""Time-based one-time codes (RFC 6238), each valid once, of citizens, officers and clerks.

`commands.staff` and `enrolments` enable and remove them, `factor_checks` checks the codes. A secret is stored
encrypted under the pepper, so that a stolen database generates no codes.
"""

import base64
import hmac
import secrets
import struct
import uuid
from datetime import datetime

import sqlalchemy as sa
import structlog
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.orm import Session

from services.auth.actions import families
from services.auth.actions.staff import require_staff
from services.auth.models import CitizenFactor, Ending, SecondFactor, StaffRole
from services.kit import box
from services.kit.endings import add_ending

# What every authenticator supports: SHA-1, six digits, steps of 30 seconds (RFC 6238, 4; RFC 4226, 4).
STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
# A clock may be half a minute off, and a code is typed some time after it was displayed.
STEP_OFFSETS = (0, -1, 1)
ISSUER = "Govah"
# The member of staff in statements about an unknown user, so that the database gets the same statements.
NOBODY = uuid.UUID(int=0)

log = structlog.get_logger()


def enable_second_factor(session: Session, pepper: bytes, username: str, role: StaffRole) -> tuple[str, str]:
    """Require one-time codes of a new secret from a member of staff; return its base32 text and otpauth URI.

    Sessions that began without such a code end. Raises CommandRefused when the name is unknown.
    """
    staff = require_staff(session, username, role)
    session.refresh(staff, with_for_update=True)
    secret = secrets.token_bytes(SECRET_BYTES)
    session.execute(sa.delete(SecondFactor).where(SecondFactor.staff_id == staff.id))
    add_ending(session, Ending, "factor.added", owner_id=staff.id, replaces="totp")
    session.add(SecondFactor(staff_id=staff.id, sealed_secret=seal_secret(pepper, staff.id, secret)))
    families.end_sessions(session, staff.id, "second-factor-changed")
    return format_secret(secret, username)


def remove_second_factor(session: Session, username: str, role: StaffRole) -> None:
    """Disable one-time codes for a member of staff; idempotent. Raises CommandRefused for an unknown name."""
    staff = require_staff(session, username, role)
    session.execute(sa.delete(SecondFactor).where(SecondFactor.staff_id == staff.id))
    add_ending(session, Ending, "totp.removed", owner_id=staff.id)


def format_secret(secret: bytes, user: str) -> tuple[str, str]:
    """Return the base32 text of a secret, and its otpauth URI with the name that an authenticator shows."""
    text = base64.b32encode(secret).decode()
    parameters = f"secret={text}&issuer={ISSUER}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"
    return text, f"otpauth://totp/{ISSUER}:{user}?{parameters}"


def find_step(pepper: bytes, factor: SecondFactor | CitizenFactor, code: str, now: datetime) -> int | None:
    """Return the step of a code; None for a wrong code, or if another pepper sealed the secret."""
    return find_step_of_secret(pepper, factor.owner_id, factor.sealed_secret, code, now)


def find_step_of_secret(
    pepper: bytes, owner_id: uuid.UUID, sealed_secret: bytes, code: str, now: datetime
) -> int | None:
    """Return the step of a code of a sealed secret, as `find_step` does."""
    try:
        secret = box.unseal(_derive_key(pepper), sealed_secret, owner_id.bytes)
    except box.SealBroken:
        log.exception("second-factor.unreadable", subject=str(owner_id))
        return None
    current = int(now.timestamp()) // STEP_SECONDS
    steps = (current + offset for offset in STEP_OFFSETS)
    return next((step for step in steps if hmac.compare_digest(compute_code(secret, step), code)), None)


def use_step(session: Session, factor: SecondFactor | CitizenFactor, step: int | None) -> bool:
    """Return whether a step is valid and unused; use it and all earlier ones up (RFC 6238, 5.2)."""
    if step is None:
        return False
    model = type(factor)
    owner = SecondFactor.staff_id if model is SecondFactor else CitizenFactor.owner_id
    used = session.execute(
        sa.update(model)
        .where(owner == factor.owner_id, model.last_step < step)
        .values(last_step=step)
        .returning(owner)
    )
    return used.one_or_none() is not None


def count_wrong_codes(session: Session, factor: SecondFactor | None, count: int) -> None:
    """Add to the number of wrong codes that came with the right password since the last sign-in."""
    session.execute(
        sa.update(SecondFactor)
        .where(SecondFactor.staff_id == (factor.staff_id if factor else NOBODY))
        .values(wrong_codes=SecondFactor.wrong_codes + count)
        .execution_options(synchronize_session=False)
    )


def reset_wrong_codes(session: Session, factor: SecondFactor) -> int:
    """Return the number of wrong codes since the last sign-in, and set it to 0."""
    of_factor = SecondFactor.staff_id == factor.staff_id
    count = session.scalars(sa.select(SecondFactor.wrong_codes).where(of_factor).with_for_update()).one()
    session.execute(
        sa.update(SecondFactor)
        .where(of_factor)
        .values(wrong_codes=0)
        .execution_options(synchronize_session=False)
    )
    return count


def compute_code(secret: bytes, step: int) -> str:
    """Return the six digits of a step (RFC 4226, 5.3)."""
    digest = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    [number] = struct.unpack_from(">I", digest, digest[-1] & 0xF)
    return f"{(number & 0x7FFFFFFF) % 10**DIGITS:0{DIGITS}}"


def seal_secret(pepper: bytes, owner_id: uuid.UUID, secret: bytes) -> bytes:
    """Return a secret as it is stored: AES-256-GCM under a key of the pepper, bound to its owner."""
    return box.seal(_derive_key(pepper), secret, owner_id.bytes)


def _derive_key(pepper: bytes) -> bytes:
    return HKDF(SHA256(), box.KEY_BYTES, salt=None, info=b"auth second factors").derive(pepper)
