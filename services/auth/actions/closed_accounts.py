"""Of two accounts of one person, an administrator chooses one.

Called by `routes.admin_accounts` and `commands.accounts`.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import codes, families, mandates
from services.auth.actions.acts import Actor, record_act
from services.auth.actions.factor_removals import remove_factors
from services.auth.actions.person_checks import add_notice, close_account
from services.auth.errors import ClosedAccountUnknown
from services.auth.models import Account, ClosedAccount, Ending, Outbox, PersonNoticeKind
from services.auth.store import people, users
from services.kit.endings import add_ending
from services.kit.outbox import add_event
from services.kit.paging import fetch_page_by_moment

# Digits by which an account is recognised, as many of a number as `account-closed` names.
NUMBER_ENDS, MOBILE_ENDS = 3, 4

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AccountHint:
    """What is shown of an account: the ends of the number to sign in with and of the mobile."""

    number_ends: str
    mobile_ends: str
    activated_at: datetime

    @classmethod
    def describe(cls, account: Account | ClosedAccount) -> Self:
        """Return what is shown of an account."""
        number = users.find_number(account)
        return cls(number[-NUMBER_ENDS:], account.mobile[-MOBILE_ENDS:], account.activated_at)


@dataclass(frozen=True, slots=True)
class Choice:
    """A closed account, and the one that its person has instead; None if that one is gone."""

    id: uuid.UUID
    closed_at: datetime
    closed: AccountHint
    current: AccountHint | None


def list_choices(
    session: Session, mobile_ends: str | None, *, limit: int, cursor: str | None
) -> tuple[Sequence[Choice], str | None]:
    """Return a page of closed accounts, newest first; by the last digits of either mobile."""
    query = sa.select(ClosedAccount)
    if mobile_ends:
        has_ends = ClosedAccount.mobile.endswith(mobile_ends, autoescape=True)
        current = sa.select(Account.id).where(Account.mobile.endswith(mobile_ends, autoescape=True))
        query = query.where(sa.or_(has_ends, ClosedAccount.person_id.in_(current)))
    rows, next_cursor = fetch_page_by_moment(
        session,
        query,
        ClosedAccount.closed_at,
        ClosedAccount.id,
        name="closed-accounts",
        limit=limit,
        cursor=cursor,
    )
    ids = {closed.person_id for closed in rows}
    accounts = {one.id: one for one in session.scalars(sa.select(Account).where(Account.id.in_(ids)))}
    return [_describe(closed, accounts.get(closed.person_id)) for closed in rows], next_cursor


def get_choice(session: Session, closed_id: uuid.UUID) -> Choice:
    """Return a closed account beside the current one. Raises ClosedAccountUnknown."""
    closed = session.get(ClosedAccount, closed_id)
    if closed is None:
        raise ClosedAccountUnknown
    return _describe(closed, session.get(Account, closed.person_id))


def _describe(closed: ClosedAccount, current: Account | None) -> Choice:
    return Choice(
        closed.id,
        closed.closed_at,
        AccountHint.describe(closed),
        None if current is None else AccountHint.describe(current),
    )


def choose_account(session: Session, actor: Actor, closed_id: uuid.UUID, reason: str | None = None) -> None:
    """Make a closed account the one of its person, under the national code of now; close the other one.

    Its mobile and password count from then on. Every session and every mandate of the person ends, and the
    second factors of the other account are removed. Both mobiles get a message. Raises ClosedAccountUnknown.
    """
    chosen = session.scalars(
        sa.select(ClosedAccount).where(ClosedAccount.id == closed_id).with_for_update()
    ).one_or_none()
    account = store.lock_account(session, chosen.person_id) if chosen else None
    if chosen is None or account is None:
        raise ClosedAccountUnknown
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
    record_act(session, actor, "account-chosen", str(account.id), reason=reason)
    log.info("account.chosen", subject=str(account.id))
