"""Messages about letters, permits and the account itself; `deliveries` sends them."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.models import AccountNotice, AccountNoticeKind
from services.kit import logging
from services.kit.db import sql_now


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
