"""Messages that auth itself calls for: what a thief would do with an account, its owner hears of.

Called in the transaction of what they tell of; `sending` sends them.
"""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.models import FailedAttempt, SecurityNotice, SecurityNoticeKind
from services.kit import logging
from services.kit.attempts import Limit, attempt_key, reserve
from services.kit.db import sql_now
from services.kit.problems import TooManyAttempts

# So many of a kind a person gets a day, whatever strangers or programs do. Those with a code have no bound.
PER_DAY = (Limit(5, 24 * 3600),)


def add_notice(
    session: Session,
    kind: SecurityNoticeKind,
    person_id: uuid.UUID,
    *,
    mobile: str | None = None,
    reversal_id: uuid.UUID | None = None,
) -> None:
    """Let a message go out: to `mobile`, or to the mobile that is on file when it is sent."""
    session.execute(
        sa.insert(SecurityNotice).values(
            kind=kind,
            person_id=person_id,
            mobile=mobile,
            reversal_id=reversal_id,
            cause=str(uuid.uuid4()),
            occurred_at=sql_now(),
            request_id=logging.current_request_id(),
        )
    )


def add_bounded_notice(
    session: Session, pepper: bytes, kind: SecurityNoticeKind, person_id: uuid.UUID, *also_to: str
) -> None:
    """Let a message go out to the mobile on file and to others, unless the person had enough today."""
    key = attempt_key(pepper, "notice", kind.value, str(person_id))
    try:
        reserve(session, FailedAttempt, {key: PER_DAY})
    except TooManyAttempts:
        return
    for mobile in (None, *also_to):
        add_notice(session, kind, person_id, mobile=mobile)
