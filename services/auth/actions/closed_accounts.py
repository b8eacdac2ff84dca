"""Of two accounts of one person, officers choose one. Called by `commands.accounts`."""

import uuid

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import codes, families, mandates
from services.auth.actions.factor_removals import remove_factors
from services.auth.actions.person_checks import add_notice, close_account
from services.auth.errors import CommandRefused
from services.auth.models import ClosedAccount, Ending, Outbox, PersonNoticeKind
from services.auth.store import people
from services.kit.endings import add_ending
from services.kit.outbox import add_event

log = structlog.get_logger()


def choose_account(session: Session, closed_id: uuid.UUID) -> None:
    """Make a closed account the one of its person, under the national code of now; close the other one.

    Its mobile and password count from then on. Every session and every mandate of the person ends, and the
    second factors of the other account are removed. Raises CommandRefused.
    """
    chosen = session.scalars(
        sa.select(ClosedAccount).where(ClosedAccount.id == closed_id).with_for_update()
    ).one_or_none()
    account = store.lock_account(session, chosen.person_id) if chosen else None
    if chosen is None or account is None:
        raise CommandRefused(f"there is no closed account {closed_id}; see: accounts list-closed")
    close_account(session, account, account.id)
    replaced_mobile = account.mobile
    account.mobile, account.password_hash = chosen.mobile, chosen.password_hash
    account.activated_at = chosen.activated_at
    # What the replaced account's holder has added or asked for must not sign in, or end the chosen account.
    account.closes_at = None
    remove_factors(session, account.id)
    session.flush()
    add_ending(session, Ending, "mobile.changed", account_id=account.id)
    codes.invalidate_codes(session, account.id)
    mandates.end_mandates(session, account.id)
    people.end_reversals(session, account.id)
    if chosen.former_person_id != account.id:
        people.move_reversals(session, chosen.former_person_id, account.id)
    families.end_sessions(session, account.id, "account-chosen")
    if account.mobile != replaced_mobile:
        add_event(session, Outbox, "mobile.changed", subject=account.id, data={})
        add_notice(session, PersonNoticeKind.ACCOUNT_CLOSED, account.id, replaced_mobile)
    add_notice(session, PersonNoticeKind.ACCOUNT_CHOSEN, account.id)
    session.delete(chosen)
    log.info("account.chosen", subject=str(account.id))
