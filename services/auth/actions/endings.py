"""Early ends of sessions and accounts: the events for other services, and auth's own check."""

import uuid
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.models import ActingSession, Client, Outbox, RefreshFamily, Staff
from services.kit.db import Sessions, look_up
from services.kit.outbox import add_event
from services.kit.revocation import ACCOUNT_DISABLED, SESSIONS_ENDED
from services.kit.tokens import Principal


def publish_ended_sessions(
    session: Session, person_id: uuid.UUID | None, reason: str, sids: Collection[uuid.UUID]
) -> None:
    """Publish the end of sessions of a person, or of a member of staff, for whom `person_id` is None."""
    data = {"reason": reason, "sids": sorted(map(str, sids))}
    add_event(session, Outbox, SESSIONS_ENDED, subject=person_id, data=data)


def publish_disabled_account(session: Session, account: object) -> None:
    """Publish that tokens with this `sub` that were issued until now are refused.

    The caller has locked the row of the account, so that no token is signed for it before the commit.
    """
    add_event(session, Outbox, ACCOUNT_DISABLED, data={"account": str(account)})


class OwnEndings:
    """Ended sessions and accounts by auth's own tables: the port `Endings` of `services.kit.tokens`."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._by_session = (
            sa.select(RefreshFamily.ended_at, Staff.disabled_at)
            .outerjoin(Staff, Staff.id == RefreshFamily.subject)
            .where(RefreshFamily.id == sa.bindparam("session_id"))
        )
        self._by_acting_session = sa.select(ActingSession.ended_at).where(
            ActingSession.id == sa.bindparam("session_id")
        )
        self._by_client = sa.select(Client.disabled_at, Client.tokens_ended_at).where(
            Client.id == sa.bindparam("client_id")
        )

    def has_ended(self, principal: Principal) -> bool:
        """Return whether the session or the client has ended or is unknown."""
        if principal.session_id is None:
            return self._has_ended_for_client(principal)
        session_id = uuid.UUID(principal.session_id)
        if principal.actor:
            acting = look_up(self._sessions, self._by_acting_session, session_id=session_id)
            return not acting or acting[0].ended_at is not None
        rows = look_up(self._sessions, self._by_session, session_id=session_id)
        return not rows or any(moment is not None for moment in rows[0])

    def _has_ended_for_client(self, principal: Principal) -> bool:
        rows = look_up(self._sessions, self._by_client, client_id=principal.subject)
        if not rows:
            return True
        disabled_at, ended_at = rows[0]
        return bool(disabled_at) or (ended_at is not None and principal.issued_at <= ended_at.timestamp())
