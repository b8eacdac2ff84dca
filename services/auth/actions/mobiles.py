"""The mobile of a citizen: its change, and the reversal of a change by the holder of the old mobile.

Someone who takes an account over changes its mobile, and then gets the messages that its owner should get.
So the old mobile gets a message about each change, with a code that reverses it. `change_mobile` stores a
change, whatever its reason; a caller whose change can be reversed calls `offer_reversal` too.
"""

import hashlib
import hmac
import uuid

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from govah_verify.check_digit import append_check_digit, has_valid_check_digit
from services.auth import store
from services.auth.actions import codes, devices, families
from services.auth.actions.factor_removals import remove_factors
from services.auth.actions.passwords import Hasher
from services.auth.actions.security_notices import add_notice
from services.auth.errors import ReversalCodeWrong
from services.auth.models import Account, FailedAttempt, MobileReversal, Outbox, SecurityNoticeKind
from services.kit.attempts import Limit, cancel_attempt, derive_attempt_key, reserve_attempt
from services.kit.db import sql_now
from services.kit.network import find_network
from services.kit.outbox import add_event
from services.kit.text import NotDigits, normalise_code

REVERSAL_SECONDS = 24 * 3600
CODE_LENGTH = 16
# Wrong codes of a network. There are 10^15 codes, of which a handful are valid.
PER_NETWORK = (Limit(30, 3600),)

log = structlog.get_logger()


def change_mobile(session: Session, account: Account, mobile: str, how: str) -> None:
    """Set another mobile on an account whose row the caller has locked, and publish the change."""
    account.mobile = mobile
    session.flush()
    add_event(session, Outbox, "mobile.changed", subject=account.id, data={"how": how})


def offer_reversal(session: Session, pepper: bytes, person_id: uuid.UUID, old_mobile: str) -> None:
    """Add a message to the old mobile with a code that reverses the change for a day."""
    reversal_id = uuid.uuid4()
    session.execute(
        sa.insert(MobileReversal).values(
            id=reversal_id,
            person_id=person_id,
            old_mobile=old_mobile,
            code_hash=_hash_code(pepper, derive_reversal_code(pepper, reversal_id)),
            expires_at=sql_now(REVERSAL_SECONDS),
        )
    )
    add_notice(
        session, SecurityNoticeKind.MOBILE_CHANGED, person_id, mobile=old_mobile, reversal_id=reversal_id
    )


def derive_reversal_code(pepper: bytes, reversal_id: uuid.UUID) -> str:
    """Return the code of a reversal: 15 digits (almost 50 bits) and a check digit.

    It is derived from the pepper: a message that is sent again carries the same code, and a copy of the
    database reveals no code.
    """
    digest = hmac.digest(pepper, b"reversal code\x1f" + reversal_id.bytes, hashlib.sha256)
    digits = f"{int.from_bytes(digest) % 10 ** (CODE_LENGTH - 1):015}"
    return append_check_digit(digits)


def group_code(code: str) -> str:
    """Return a code in groups, as people copy it: 1234 5678 9012 3456."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def _hash_code(pepper: bytes, code: str) -> str:
    return hmac.new(pepper, f"reversal\x1f{code}".encode(), hashlib.sha256).hexdigest()


def reverse_mobile_change(session: Session, hasher: Hasher, pepper: bytes, typed: str, source: str) -> bool:
    """Return whether the code is valid; the account then has the old mobile again.

    Every session ends. No password is valid until a new one is set by a code to the restored mobile. No
    device is known any more. Second factors, codes, reversals and a closing that came after the change are
    invalid. Changes before it can still be reversed.

    A wrong code counts as a failure, so the caller commits before it reports one. A malformed code does not
    count.

    Raises ReversalCodeWrong for a malformed code, TooManyAttempts.
    """
    code = _parse_code(typed)
    key = derive_attempt_key(pepper, "reversal", find_network(source))
    counted = reserve_attempt(session, FailedAttempt, {key: PER_NETWORK})
    person_id = _use_reversal(session, hasher, _hash_code(pepper, code))
    if person_id is None:
        return False
    cancel_attempt(session, FailedAttempt, counted)
    log.info("mobile.reversed", subject=str(person_id))
    return True


def _parse_code(typed: str) -> str:
    try:
        code = normalise_code(typed)
    except NotDigits as error:
        raise ReversalCodeWrong from error
    if len(code) != CODE_LENGTH or not has_valid_check_digit(code):
        raise ReversalCodeWrong
    return code


def _use_reversal(session: Session, hasher: Hasher, code_hash: str) -> uuid.UUID | None:
    """Return the person whose mobile is restored, or None for a code that is unknown, expired or used."""
    reversal = store.find_open_reversal(session, code_hash)
    account = store.lock_account(session, reversal.person_id) if reversal else None
    if reversal is None or account is None:
        return None
    used = session.scalars(
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
    if reversal.position not in used:
        # Another call has used this code.
        return None
    remove_factors(session, account.id, since=reversal.changed_at)
    _restore_mobile(session, hasher, account, reversal.old_mobile)
    return account.id


def _restore_mobile(session: Session, hasher: Hasher, account: Account, old_mobile: str) -> None:
    replaced_mobile = account.mobile
    account.mobile, account.password_hash = old_mobile, hasher.make_unmatched_hash()
    # A closed account has no session that could change its mobile, so it was closed after the change.
    account.closes_at = None
    session.flush()
    codes.invalidate_codes(session, account.id)
    devices.forget_devices(session, account.id)
    families.end_sessions(session, account.id, "mobile-reversed")
    add_event(session, Outbox, "mobile.reversed", subject=account.id, data={})
    for mobile in dict.fromkeys((old_mobile, replaced_mobile)):
        add_notice(session, SecurityNoticeKind.MOBILE_REVERSED, account.id, mobile=mobile)
