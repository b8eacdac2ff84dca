"""The mobile of a citizen: changed, and changed back by whoever holds the old one.

Whoever takes an account over gives it a mobile of their own, and from then on hears what its owner should. So
a change is told to the old mobile, with a code that takes it back. How a change is brought about is another
matter: `change_mobile` writes it down, and only who may have it taken back calls `offer_reversal` as well.
"""

import hashlib
import hmac
import uuid

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from govah_verify.check_digit import check_digit, is_checked
from services.auth import store
from services.auth.actions import codes, devices, families
from services.auth.actions.passwords import Hasher
from services.auth.actions.security_notices import add_notice
from services.auth.errors import ReversalCodeWrong
from services.auth.models import Account, FailedAttempt, MobileReversal, Outbox, SecurityNoticeKind
from services.kit.attempts import Limit, attempt_key, forgive, reserve
from services.kit.db import sql_now
from services.kit.network import network_of
from services.kit.outbox import add_event
from services.kit.text import NotDigits, normalise_code

REVERSAL_SECONDS = 24 * 3600
CODE_LENGTH = 16
# Wrong codes of a network. There are 10^15 codes and a handful of good ones.
PER_NETWORK = (Limit(30, 3600),)

log = structlog.get_logger()


def change_mobile(session: Session, account: Account, mobile: str, how: str) -> None:
    """Give an account, whose row the caller holds, another mobile, and tell other services."""
    account.mobile = mobile
    session.flush()
    add_event(session, Outbox, "mobile.changed", subject=account.id, data={"how": how})


def offer_reversal(session: Session, pepper: bytes, person_id: uuid.UUID, old_mobile: str) -> None:
    """Let a change that was just made be told to the old mobile, with a code that takes it back for a day."""
    reversal_id = uuid.uuid4()
    session.execute(
        sa.insert(MobileReversal).values(
            id=reversal_id,
            person_id=person_id,
            old_mobile=old_mobile,
            code_hash=_hash(pepper, reversal_code(pepper, reversal_id)),
            expires_at=sql_now(REVERSAL_SECONDS),
        )
    )
    add_notice(
        session, SecurityNoticeKind.MOBILE_CHANGED, person_id, mobile=old_mobile, reversal_id=reversal_id
    )


def reversal_code(pepper: bytes, reversal_id: uuid.UUID) -> str:
    """Return the code of a reversal: 15 digits (almost 50 bits) and a check digit.

    It follows from the pepper, so that a message that is sent again carries the same code, and the database
    alone gives no code away.
    """
    drawn = hmac.digest(pepper, b"reversal code\x1f" + reversal_id.bytes, hashlib.sha256)
    digits = f"{int.from_bytes(drawn) % 10 ** (CODE_LENGTH - 1):015}"
    return digits + check_digit(digits)


def group_code(code: str) -> str:
    """Return a code as people copy it: 1234 5678 9012 3456."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def _hash(pepper: bytes, code: str) -> str:
    return hmac.new(pepper, f"reversal\x1f{code}".encode(), hashlib.sha256).hexdigest()


def reverse_change(session: Session, hasher: Hasher, pepper: bytes, typed: str, source: str) -> None:
    """Give the old mobile back by the code that it got.

    Every session ends, no password is good until a new one was set by a code to the restored mobile, no
    device is known any more, and codes and reversals that came after the change are void. Changes before it
    can still be taken back.

    Raises ReversalCodeWrong, TooManyAttempts. What is mistyped is wrong too, and counts as no failure.
    """
    code = _parse_code(typed)
    with session.begin():
        key = attempt_key(pepper, "reversal", network_of(source))
        counted = reserve(session, FailedAttempt, {key: PER_NETWORK})
        is_reversed = _reverse(session, hasher, _hash(pepper, code))
        if is_reversed:
            forgive(session, FailedAttempt, counted)
    # Raised after the commit, which keeps the count.
    if not is_reversed:
        raise ReversalCodeWrong


def _parse_code(typed: str) -> str:
    try:
        code = normalise_code(typed)
    except NotDigits as error:
        raise ReversalCodeWrong from error
    if len(code) != CODE_LENGTH or not is_checked(code):
        raise ReversalCodeWrong
    return code


def _reverse(session: Session, hasher: Hasher, code_hash: str) -> bool:
    reversal = store.open_reversal(session, code_hash)
    account = store.hold_account(session, reversal.person_id) if reversal else None
    if reversal is None or account is None:
        return False
    ended = session.scalars(
        sa.update(MobileReversal)
        .where(
            MobileReversal.person_id == account.id,
            MobileReversal.position >= reversal.position,
            MobileReversal.ended_at.is_(None),
        )
        .values(ended_at=sql_now())
        .returning(MobileReversal.position)
        .execution_options(synchronize_session=False)
    ).all()
    if reversal.position not in ended:
        # Another request with this code was first.
        return False
    _restore(session, hasher, account, reversal.old_mobile)
    log.info("mobile.reversed", subject=str(account.id))
    return True


def _restore(session: Session, hasher: Hasher, account: Account, old_mobile: str) -> None:
    taken = account.mobile
    account.mobile, account.password_hash = old_mobile, hasher.new_unmatched_hash()
    session.flush()
    codes.void_codes(session, account.id)
    devices.forget_devices(session, account.id)
    families.end_all(session, account.id, "mobile-reversed")
    add_event(session, Outbox, "mobile.reversed", subject=account.id, data={})
    for mobile in dict.fromkeys((old_mobile, taken)):
        add_notice(session, SecurityNoticeKind.MOBILE_REVERSED, account.id, mobile=mobile)
