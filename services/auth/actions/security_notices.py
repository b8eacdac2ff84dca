"""Security notices: messages to an account's owner about acts that a thief would do.

They are added in the transaction of the act; `deliveries` sends them.
"""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.models import FailedAttempt, SecurityNotice, SecurityNoticeKind
from services.kit import logging
from services.kit.attempts import Limit, derive_attempt_key, reserve_attempt
from services.kit.db import sql_now
from services.kit.problems import TooManyAttempts

# Messages of one kind to one person. Messages with a code have no limit.
PER_DAY = (Limit(5, 24 * 3600),)


def add_notice(
    session: Session,
    kind: SecurityNoticeKind,
    person_id: uuid.UUID,
    *,
    mobile: str | None = None,
    reversal_id: uuid.UUID | None = None,
) -> None:
    """Add a message to `mobile`, or to the mobile that is on file when it is sent."""
    session.execute(
        sa.insert(SecurityNotice).values(
            kind=kind,
            person_id=person_id,
            mobile=mobile,
            reversal_id=reversal_id,
            cause=str(uuid.uuid4()),
            occurred_at=sql_now(),
            request_id=logging.get_request_id(),
        )
    )


def add_bounded_notice(
    session: Session, pepper: bytes, kind: SecurityNoticeKind, person_id: uuid.UUID, *other_mobiles: str
) -> None:
    """Add a message to the mobile on file and to others, unless the person has reached the daily limit."""
    key = derive_attempt_key(pepper, "notice", kind.value, str(person_id))
    try:
        reserve_attempt(session, FailedAttempt, {key: PER_DAY})
    except TooManyAttempts:
        return
    for mobile in (None, *other_mobiles):
        add_notice(session, kind, person_id, mobile=mobile)
