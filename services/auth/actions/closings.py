"""Closing one's own account, and deleting it once the time to change one's mind is over.

Until then a new password, by a code to the mobile on file, opens it again.
"""

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import codes, devices, families, mandates
from services.auth.actions.account_notices import add_account_notice
from services.auth.actions.factor_removals import remove_factors
from services.auth.actions.passwords import Hasher
from services.auth.actions.preferences import delete_preferences
from services.auth.models import Account, AccountNoticeKind, Ending, MobileReversal, Outbox
from services.kit.db import Sessions, is_any, select_sql_now, sql_now
from services.kit.endings import add_ending
from services.kit.outbox import add_event
from services.kit.problems import TokenInvalid

DAY_SECONDS = 24 * 3600
BATCH = 100

log = structlog.get_logger()


def close_account(session: Session, hasher: Hasher, holder: Account, grace_days: int) -> Account:
    """Return a closed account: nobody can sign in, every session ends, other services end its permits.

    The old mobile gets the message too while its holder can reverse a change: a thief changes it first.
    """
    account = store.lock_account(session, holder.id)
    if account is None:
        raise TokenInvalid
    closed = {"password_hash": hasher.make_unmatched_hash(), "closes_at": sql_now(grace_days * DAY_SECONDS)}
    session.execute(sa.update(Account).where(Account.id == account.id).values(closed))
    session.refresh(account)
    codes.invalidate_codes(session, account.id)
    devices.forget_devices(session, account.id)
    families.end_sessions(session, account.id, "account-closed")
    mandates.end_mandates(session, account.id)
    add_ending(session, Ending, "account.closed", account_id=account.id)
    add_event(session, Outbox, "account.closed", subject=account.id, data={})
    former_mobiles = store.list_reversible_mobiles(session, account.id)
    for mobile in dict.fromkeys((account.mobile, *former_mobiles)):
        add_account_notice(session, AccountNoticeKind.ACCOUNT_ENDED, account.id, mobile=mobile)
    log.info("account.closed-by-owner", subject=str(account.id))
    return account


def delete_closed_accounts(sessions: Sessions) -> int:
    """Delete accounts whose time is over, and what belongs to them; return how many."""
    is_over = Account.closes_at <= select_sql_now()
    if not is_any(sessions, is_over, by=Account.closes_at):
        return 0
    with sessions.begin() as session:
        over = sa.select(Account).where(is_over).order_by(Account.closes_at).limit(BATCH)
        accounts = session.scalars(over.with_for_update(skip_locked=True)).all()
        for account in accounts:
            remove_factors(session, account.id)
            session.execute(sa.delete(MobileReversal).where(MobileReversal.person_id == account.id))
            session.delete(account)
            log.info("account.deleted", subject=str(account.id))
        delete_preferences(session, [account.id for account in accounts])
    return len(accounts)
