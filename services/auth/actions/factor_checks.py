"""The check of a second factor beside a password: a time-based code, or a recovery code.

Who has any second factor, a passkey too, needs one of these with the password. A passkey alone signs in.
Whether a code is wrong shows only together with the right password, and has the reply of a wrong password.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.actions import recovery_codes, second_factors
from services.auth.actions.second_factors import NOBODY
from services.auth.models import Account, CitizenFactor, Passkey, SecondFactor, Staff


@dataclass(frozen=True)
class Factors:
    """The second factors of an account; `step` is that of the typed code, None for a wrong one."""

    owner_id: uuid.UUID
    totp: SecondFactor | CitizenFactor | None
    has_passkeys: bool
    step: int | None

    @property
    def is_required(self) -> bool:
        """Whether a password is not enough."""
        return self.totp is not None or self.has_passkeys


def load_factors(
    session: Session,
    pepper: bytes,
    model: type[SecondFactor | CitizenFactor],
    holder: Account | Staff | None,
    code: str,
    now: datetime,
) -> Factors:
    """Return the second factors of an account as they are now; the queries are the same for None."""
    owner_id = holder.id if holder else NOBODY
    totp: SecondFactor | CitizenFactor | None
    if model is CitizenFactor:
        totp = session.get(CitizenFactor, owner_id, populate_existing=True)
    else:
        totp = session.get(SecondFactor, owner_id, populate_existing=True)
    passkeys = sa.select(Passkey.id).where(Passkey.owner_id == owner_id).limit(1)
    has_passkeys = session.scalars(passkeys).first() is not None
    step = second_factors.find_step(pepper, totp, code, now) if totp else None
    return Factors(owner_id, totp, has_passkeys, step)


def use_code(session: Session, pepper: bytes, factors: Factors, code: str, *, is_match: bool) -> bool:
    """Return whether a second factor is proven, or none is needed; use the code up.

    `is_match` is whether the password was right: otherwise no code is used.
    """
    if not factors.is_required:
        return True
    if recovery_codes.is_recovery_code(code):
        # The same statement whether or not the password was right.
        owner_id = factors.owner_id if is_match else NOBODY
        return recovery_codes.use_recovery_code(session, pepper, owner_id, code)
    if factors.totp is None or not is_match:
        return False
    return second_factors.use_step(session, factors.totp, factors.step)
