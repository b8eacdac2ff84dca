"""Recovery codes: each replaces a lost second factor once. Called by `enrolments` and `factor_checks`."""

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.models import Ending, RecoveryCode
from services.kit.endings import add_ending

COUNT = 10
DIGITS = 12


def replace_recovery_codes(session: Session, pepper: bytes, owner_id: uuid.UUID) -> Sequence[str]:
    """Return new codes in groups of four digits; earlier ones are invalid."""
    delete_recovery_codes(session, owner_id)
    codes = [f"{secrets.randbelow(10**DIGITS):0{DIGITS}}" for _ in range(COUNT)]
    session.add_all(
        RecoveryCode(owner_id=owner_id, code_hash=_hash_code(pepper, owner_id, code)) for code in codes
    )
    return [" ".join(code[start : start + 4] for start in range(0, DIGITS, 4)) for code in codes]


def delete_recovery_codes(session: Session, owner_id: uuid.UUID) -> None:
    """Delete all codes of an owner."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.owner_id == owner_id))
    add_ending(session, Ending, "recovery-codes.deleted", owner_id=owner_id)


def count_recovery_codes(session: Session, owner_id: uuid.UUID) -> int:
    """Return how many codes are left."""
    left = sa.select(sa.func.count()).where(RecoveryCode.owner_id == owner_id)
    return session.scalars(left).one()


def is_recovery_code(code: str) -> bool:
    """Return whether a code has the length of a recovery code."""
    return len(code) == DIGITS


def use_recovery_code(session: Session, pepper: bytes, owner_id: uuid.UUID, code: str) -> bool:
    """Return whether a code is valid, and use it up."""
    used = session.execute(
        sa.delete(RecoveryCode)
        .where(
            RecoveryCode.owner_id == owner_id, RecoveryCode.code_hash == _hash_code(pepper, owner_id, code)
        )
        .returning(RecoveryCode.position)
    ).first()
    if used is None:
        return False
    add_ending(session, Ending, "recovery-code.used", owner_id=owner_id, position=used.position)
    return True


def _hash_code(pepper: bytes, owner_id: uuid.UUID, code: str) -> str:
    return hmac.new(pepper, f"recovery\x1f{owner_id}\x1f{code}".encode(), hashlib.sha256).hexdigest()
