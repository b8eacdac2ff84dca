"""Messages about letters, permits and the account itself; `deliveries` sends them."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.models import Account, AccountNotice, AccountNoticeKind, FailedAttempt, Staff
from services.kit import logging
from services.kit.attempts import Limit, derive_attempt_key, reserve_attempt
from services.kit.db import sql_now
from services.kit.problems import TooManyAttempts

# Messages to one person about second factors.
PER_DAY = (Limit(5, 24 * 3600),)


def add_account_notice(
    session: Session,
    kind: AccountNoticeKind,
    person_id: uuid.UUID,
    *,
    mobile: str | None = None,
    cause: str | None = None,
) -> None:
    """Add a message to `mobile`, or to the mobile that is on file when it is sent; once for each cause."""
    if (
        cause
        and session.scalars(sa.select(AccountNotice.position).where(AccountNotice.cause == cause)).first()
    ):
        return
    session.execute(
        sa.insert(AccountNotice).values(
            kind=kind.value,
            person_id=person_id,
            mobile=mobile,
            cause=cause or str(uuid.uuid4()),
            occurred_at=sql_now(),
            request_id=logging.get_request_id(),
        )
    )


def notify_of_second_factor(session: Session, pepper: bytes, holder: Account | Staff) -> None:
    """Add a message that a second factor was added or removed; staff have no mobile on file.

    The old mobile gets it too while its holder can reverse a change: a thief changes the mobile first.
    """
    if isinstance(holder, Staff):
        return
    kind = AccountNoticeKind.SECOND_FACTOR_CHANGED
    key = derive_attempt_key(pepper, "notice", kind.value, str(holder.id))
    try:
        reserve_attempt(session, FailedAttempt, {key: PER_DAY})
    except TooManyAttempts:
        return
    former = dict.fromkeys(store.list_reversible_mobiles(session, holder.id))
    former.pop(holder.mobile, None)
    for mobile in (None, *former):
        add_account_notice(session, kind, holder.id, mobile=mobile)
