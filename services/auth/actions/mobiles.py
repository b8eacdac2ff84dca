"""The mobile of a citizen: its change, and the reversal of a change by the holder of the old mobile.

Someone who takes an account over changes its mobile, and then gets the messages that its owner should get.
So the old mobile gets a message about each change, with a code that reverses it. `change_mobile` stores a
change, whatever its reason; a caller whose change can be reversed calls `offer_reversal` too.
"""

import uuid

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import codes, devices, families, mandates
from services.auth.actions.factor_removals import remove_factors
from services.auth.actions.long_codes import count_try, derive_code, hash_code, parse_code
from services.auth.actions.passwords import Hasher
from services.auth.actions.security_notices import add_notice
from services.auth.errors import ReversalCodeWrong
from services.auth.models import Account, Ending, FailedAttempt, MobileReversal, Outbox, SecurityNoticeKind
from services.kit.attempts import cancel_attempt
from services.kit.db import sql_now
from services.kit.endings import add_ending
from services.kit.outbox import add_event

REVERSAL_SECONDS = 24 * 3600
REVERSAL = "reversal"

log = structlog.get_logger()


def change_mobile(session: Session, account: Account, mobile: str, how: str) -> None:
    """Set another mobile on an account whose row the caller has locked, and publish the change."""
    account.mobile = mobile
    session.flush()
    add_ending(session, Ending, "mobile.changed", account_id=account.id)
    add_event(session, Outbox, "mobile.changed", subject=account.id, data={"how": how})


def offer_reversal(session: Session, pepper: bytes, person_id: uuid.UUID, old_mobile: str) -> None:
    """Add a message to the old mobile with a code that reverses the change for a day."""
    reversal_id = uuid.uuid4()
    session.execute(
        sa.insert(MobileReversal).values(
            id=reversal_id,
            person_id=person_id,
            old_mobile=old_mobile,
            code_hash=hash_code(pepper, REVERSAL, derive_code(pepper, REVERSAL, reversal_id)),
            expires_at=sql_now(REVERSAL_SECONDS),
        )
    )
    add_notice(
        session, SecurityNoticeKind.MOBILE_CHANGED, person_id, mobile=old_mobile, reversal_id=reversal_id
    )


def reverse_mobile_change(session: Session, hasher: Hasher, pepper: bytes, typed: str, source: str) -> bool:
    """Return whether the code is valid; the account then has the old mobile again.

    Every session and every mandate ends. No password is valid until a new one is set by a code to the
    restored mobile. No device is known any more. Second factors, codes, reversals and a closing that came
    after the change are invalid. Changes before it can still be reversed.

    A wrong code counts as a failure, so the caller commits before it reports one. A malformed code does not
    count.

    Raises ReversalCodeWrong for a malformed code, TooManyAttempts.
    """
    code = parse_code(typed)
    if code is None:
        raise ReversalCodeWrong
    counted = count_try(session, pepper, REVERSAL, source)
    person_id = _use_reversal(session, hasher, hash_code(pepper, REVERSAL, code))
    if person_id is None:
        return False
    cancel_attempt(session, FailedAttempt, counted)
    log.info("mobile.reversed", subject=str(person_id))
    return True


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
    add_ending(session, Ending, "mobile.changed", account_id=account.id)
    codes.invalidate_codes(session, account.id)
    devices.forget_devices(session, account.id)
    families.end_sessions(session, account.id, "mobile-reversed")
    # Someone who took the account over may have named a representative.
    mandates.end_mandates(session, account.id)
    add_event(session, Outbox, "mobile.reversed", subject=account.id, data={})
    for mobile in dict.fromkeys((old_mobile, replaced_mobile)):
        add_notice(session, SecurityNoticeKind.MOBILE_REVERSED, account.id, mobile=mobile)
