"""Access tokens that are revoked before they expire: from auth's feed to the check of every request.

Consumers of auth's feed call `apply_ending`; `EndedSessions` is what each service's `TokenVerifier` asks.
docs/decisions/0018-ended-sessions.md says within what time a token ends.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.kit.db import Sessions, look_up, read_database_time
from services.kit.feed import Event
from services.kit.tokens import Principal

SESSIONS_ENDED, ACCOUNT_DISABLED = "sessions.ended", "account.disabled"
# Seconds: longer than an access token lives, with what clocks may differ.
RETENTION_SECONDS = 15 * 60
# Rows of one statement.
INSERT_BATCH = 500


class EndedSessionMixin:
    """A session whose access tokens are refused, or an account; `id` is a token's `sid`, or its `sub`.

    Of an account only the tokens that were issued until `ended_at` are refused.
    """

    __tablename__ = "ended_sessions"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(index=True)


class EndedSessions:
    """The sessions and accounts that a service knows to have ended (the port `Endings` of `tokens`)."""

    def __init__(self, sessions: Sessions, model: type[EndedSessionMixin]) -> None:
        self._sessions = sessions
        named = model.id.in_([sa.bindparam("session_id"), sa.bindparam("account")])
        self._query = sa.select(model.id, model.ended_at).where(named)

    def has_ended(self, principal: Principal) -> bool:
        """Return whether the token's session or account has ended since its issue: one indexed lookup."""
        names = {"session_id": principal.session_id, "account": principal.subject}
        return any(
            ended_id == principal.session_id or principal.issued_at <= ended_at.timestamp()
            for ended_id, ended_at in look_up(self._sessions, self._query, **names)
        )


def apply_ending(model: type[EndedSessionMixin], session: Session, event: Event) -> None:
    """Store which tokens an event of auth revokes, for the lifetime of tokens, and delete older rows."""
    oldest = read_database_time(session) - timedelta(seconds=RETENTION_SECONDS)
    if event.occurred_at <= oldest:
        return
    _delete(session, model, model.ended_at <= oldest)
    ended = _list_ended_ids(event)
    for start in range(0, len(ended), INSERT_BATCH):
        ids = ended[start : start + INSERT_BATCH]
        _delete(session, model, model.id.in_(ids))
        session.execute(
            sa.insert(model), [{"id": ended_id, "ended_at": event.occurred_at} for ended_id in ids]
        )


def _delete(session: Session, model: type[EndedSessionMixin], condition: sa.ColumnElement[bool]) -> None:
    session.execute(sa.delete(model).where(condition).execution_options(synchronize_session=False))


def _list_ended_ids(event: Event) -> Sequence[str]:
    if event.type == ACCOUNT_DISABLED:
        return [str(event.data["account"])]
    # An event of an older auth has no sids.
    return list(dict.fromkeys(map(str, event.data.get("sids", ()))))
