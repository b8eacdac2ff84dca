"""What citizens sign in with: a national code or, for people without one, an insurance number.

A user is the code itself, or `INSURED` and the number: limits and codes of the two kinds never meet.
"""

import hashlib

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.models import Account, ClosedAccount

INSURED = "i"


def build_user(national_code: str | None, insurance_number: str | None) -> str:
    """Return the user of a national code, or of an insurance number without leading zeros."""
    return national_code or f"{INSURED}{insurance_number}"


def find_number(account: Account | ClosedAccount) -> str:
    """Return the number that a person signs in with, "" for an account that waits for its number."""
    return account.national_code or account.insurance_number or ""


def derive_tag(user: str) -> str:
    """Return what the column `national_code` of a sign-in code holds: the code, or a hash for a number."""
    if not user.startswith(INSURED):
        return user
    return f"~{hashlib.sha256(user.encode()).hexdigest()[:9]}"


def find_account(session: Session, user: str) -> Account | None:
    """Return the account of a user, or None."""
    return session.scalars(sa.select(Account).where(_is_of(Account, user))).one_or_none()


def lock_account_of(session: Session, user: str) -> None:
    """Lock the account of a user for reading, if there is one, until the transaction ends."""
    session.execute(sa.select(Account.id).where(_is_of(Account, user)).with_for_update(read=True))


def find_closed_account(session: Session, user: str) -> ClosedAccount | None:
    """Return the account that was closed last of those of a user, or None."""
    query = sa.select(ClosedAccount).where(_is_of(ClosedAccount, user))
    return session.scalars(
        query.order_by(ClosedAccount.closed_at.desc(), ClosedAccount.id).limit(1)
    ).one_or_none()


def _is_of(model: type[Account] | type[ClosedAccount], user: str) -> sa.ColumnElement[bool]:
    if user.startswith(INSURED):
        return sa.and_(model.insurance_number == user.removeprefix(INSURED), model.national_code.is_(None))
    return model.national_code == user
