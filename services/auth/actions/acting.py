"""Acting for a person: tokens of a representative, within a session of the helper and within a mandate.

The tokens name both: `sub` is the person, `act.sub` the helper. They live ten minutes at most and never past
the mandate. Their `sid` ends with the helper's session and with the mandate.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.auth.actions.endings import publish_ended_sessions
from services.auth.actions.tokens import ACCESS_SECONDS, PEOPLE_AUDIENCE, Signer
from services.auth.models import (
    Account,
    ActingSession,
    Mandate,
    MandateNotice,
    MandateNoticeKind,
    Outbox,
    RefreshFamily,
    Role,
)
from services.auth.store import mandates as store
from services.kit import logging
from services.kit.db import read_database_time, sql_now
from services.kit.jalali import to_tehran_date
from services.kit.outbox import add_event
from services.kit.problems import NotFound, TokenInvalid
from services.kit.tokens import Principal

log = structlog.get_logger()


class ActingGrant(NamedTuple):
    """A representative's token; `mandate` is what it was issued under."""

    access_token: str
    expires_in: int
    scope: str
    mandate: Mandate


def start_acting(session: Session, signer: Signer, caller: Principal, person_id: uuid.UUID) -> ActingGrant:
    """Return a token with which the caller acts for a person.

    The person gets a message when a mandate is used for the first time of a day. Raises NotFound without a
    mandate, TokenInvalid when the caller's session has ended.
    """
    family = session.scalars(
        sa.select(RefreshFamily)
        .where(RefreshFamily.id == uuid.UUID(caller.session_id or ""), RefreshFamily.ended_at.is_(None))
        # Simultaneous calls of a session wait for each other: they share one acting session.
        .with_for_update()
    ).one_or_none()
    if family is None:
        raise TokenInvalid
    mandate = store.find_active(session, caller.person_id, person_id)
    if mandate is None or session.get(Account, person_id) is None:
        raise NotFound
    now = read_database_time(session)
    expires_at = min(now + timedelta(seconds=ACCESS_SECONDS), mandate.expires_at)
    acting_id = _start_session(session, family.id, mandate.id, expires_at)
    _report_use(session, mandate, now)
    scope = " ".join(f"self:{name}" for name in mandate.scopes)
    claims = {
        "sub": str(mandate.person_id),
        "act": {"sub": str(caller.person_id)},
        "role": Role.CITIZEN.value,
        "sid": str(acting_id),
        "aud": PEOPLE_AUDIENCE,
        "scope": scope,
        "exp": expires_at.timestamp(),
    }
    log.info("acting.granted", subject=str(mandate.person_id), actor=str(caller.person_id))
    return ActingGrant(signer.sign(session, claims), int((expires_at - now).total_seconds()), scope, mandate)


def _start_session(
    session: Session, family_id: uuid.UUID, mandate_id: uuid.UUID, expires_at: datetime
) -> uuid.UUID:
    """Return the id of the helper's session under a mandate, a new one unless one goes on."""
    row = session.scalars(
        sa.select(ActingSession)
        .where(ActingSession.family_id == family_id, ActingSession.mandate_id == mandate_id)
        .with_for_update()
    ).one_or_none()
    if row and row.ended_at is None:
        row.expires_at = expires_at
        return row.id
    if row:
        # Tokens of the session that the helper ended stay invalid.
        session.delete(row)
        session.flush()
    row = ActingSession(id=uuid.uuid4(), family_id=family_id, mandate_id=mandate_id, expires_at=expires_at)
    session.add(row)
    session.flush()
    return row.id


def _report_use(session: Session, mandate: Mandate, now: datetime) -> None:
    if notify_once(
        session, MandateNoticeKind.USED, mandate.person_id, f"used {mandate.id} {to_tehran_date(now)}"
    ):
        data = {"mandate_id": str(mandate.id), "actor": str(mandate.helper_id)}
        add_event(session, Outbox, "mandate.used", subject=mandate.person_id, data=data)


def notify_once(session: Session, kind: MandateNoticeKind, person_id: uuid.UUID, cause: str) -> bool:
    """Return whether a message was added: not if one has the same cause."""
    columns = {
        MandateNotice.kind: kind,
        MandateNotice.person_id: person_id,
        MandateNotice.cause: cause,
        MandateNotice.request_id: logging.get_request_id(),
    }
    values = [sa.literal(value, column.type) for column, value in columns.items()]
    is_stored = sa.exists().where(MandateNotice.cause == cause)
    added = session.execute(
        sa.insert(MandateNotice)
        .from_select([*columns, MandateNotice.occurred_at], sa.select(*values, sql_now()).where(~is_stored))
        .returning(MandateNotice.position)
    )
    return added.first() is not None


def end_acting(session: Session, caller: Principal) -> None:
    """End the session of a representative's token. Idempotent."""
    acting_id = uuid.UUID(caller.session_id or "")
    _publish(session, store.end_acting_sessions(session, ActingSession.id == acting_id))


def end_acting_under(session: Session, mandate: Mandate) -> None:
    """End every session under a mandate, which the caller has locked."""
    _publish(session, store.end_acting_sessions(session, ActingSession.mandate_id == mandate.id))


def _publish(session: Session, ended: Sequence[ActingSession]) -> None:
    if ended:
        # No person: the session of the helper goes on.
        publish_ended_sessions(session, None, "acting-ended", [row.id for row in ended])
