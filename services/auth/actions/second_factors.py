"""Second factors of officers and clerks: codes by the clock (RFC 6238), each good once.

`commands.staff` gives and takes them, `sign_in` asks for them. A secret is kept sealed under the pepper, so
that a stolen database makes no codes.
"""

import base64
import hmac
import os
import secrets
import struct
import uuid
from datetime import datetime

import sqlalchemy as sa
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.orm import Session

from services.auth.actions import families
from services.auth.actions.administration import find_staff
from services.auth.models import SecondFactor, StaffRole

# What every authenticator takes: SHA-1, six digits, steps of 30 seconds (RFC 6238, 4; RFC 4226, 4).
STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
# A clock may be half a minute off, and a code is typed a while after it was shown.
STEPS_OFF = (0, -1, 1)
NONCE_BYTES = 12
ISSUER = "Govah"
# Whose second factor is changed where there is none, so that the database is asked the same.
NOBODY = uuid.UUID(int=0)

log = structlog.get_logger()


def enrol(session: Session, pepper: bytes, username: str, role: StaffRole) -> tuple[str, str]:
    """Ask this member of staff for codes of a new secret: its base32 text and its otpauth URI.

    Sessions that began without such a code end. Raises CommandRefused.
    """
    staff = find_staff(session, username, role)
    session.refresh(staff, with_for_update=True)
    secret = secrets.token_bytes(SECRET_BYTES)
    session.execute(sa.delete(SecondFactor).where(SecondFactor.staff_id == staff.id))
    session.add(SecondFactor(staff_id=staff.id, sealed_secret=seal(pepper, staff.id, secret)))
    families.end_all(session, staff.id, "second-factor-changed")
    text = base64.b32encode(secret).decode()
    parameters = f"secret={text}&issuer={ISSUER}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"
    return text, f"otpauth://totp/{ISSUER}:{username}?{parameters}"


def remove(session: Session, username: str, role: StaffRole) -> None:
    """Ask this member of staff for codes no more; twice is once. Raises CommandRefused."""
    staff = find_staff(session, username, role)
    session.execute(sa.delete(SecondFactor).where(SecondFactor.staff_id == staff.id))


def step_of(pepper: bytes, factor: SecondFactor, code: str, now: datetime) -> int | None:
    """The step that a code belongs to; None for a wrong code, and where another pepper sealed the secret."""
    try:
        secret = _open(pepper, factor)
    except InvalidTag:
        log.exception("second-factor.unreadable", subject=str(factor.staff_id))
        return None
    current = int(now.timestamp()) // STEP_SECONDS
    steps = (current + off for off in STEPS_OFF)
    return next((step for step in steps if hmac.compare_digest(code_of(secret, step), code)), None)


def use(session: Session, factor: SecondFactor, step: int | None) -> bool:
    """Use a step up; False for none, and when it or a later one was used before (RFC 6238, 5.2)."""
    if step is None:
        return False
    used = session.execute(
        sa.update(SecondFactor)
        .where(SecondFactor.staff_id == factor.staff_id, SecondFactor.last_step < step)
        .values(last_step=step)
        .returning(SecondFactor.staff_id)
    )
    return used.one_or_none() is not None


def count_wrong_codes(session: Session, factor: SecondFactor | None, count: int) -> None:
    """Add to the wrong codes that came with the right password since the last sign-in."""
    session.execute(
        sa.update(SecondFactor)
        .where(SecondFactor.staff_id == (factor.staff_id if factor else NOBODY))
        .values(wrong_codes=SecondFactor.wrong_codes + count)
        .execution_options(synchronize_session=False)
    )


def take_wrong_codes(session: Session, factor: SecondFactor) -> int:
    """Return the wrong codes since the last sign-in, and begin to count from 0."""
    of_factor = SecondFactor.staff_id == factor.staff_id
    counted = session.scalars(sa.select(SecondFactor.wrong_codes).where(of_factor).with_for_update()).one()
    session.execute(
        sa.update(SecondFactor)
        .where(of_factor)
        .values(wrong_codes=0)
        .execution_options(synchronize_session=False)
    )
    return counted


def code_of(secret: bytes, step: int) -> str:
    """The six digits of a step (RFC 4226, 5.3)."""
    digest = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    [number] = struct.unpack_from(">I", digest, digest[-1] & 0xF)
    return f"{(number & 0x7FFFFFFF) % 10**DIGITS:0{DIGITS}}"


def seal(pepper: bytes, staff_id: uuid.UUID, secret: bytes) -> bytes:
    """A secret as it is kept: AES-256-GCM under a key of the pepper, good for its owner alone."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(pepper).encrypt(nonce, secret, staff_id.bytes)


def _open(pepper: bytes, factor: SecondFactor) -> bytes:
    nonce, sealed = factor.sealed_secret[:NONCE_BYTES], factor.sealed_secret[NONCE_BYTES:]
    return _cipher(pepper).decrypt(nonce, sealed, factor.staff_id.bytes)


def _cipher(pepper: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"auth second factors").derive(pepper))
