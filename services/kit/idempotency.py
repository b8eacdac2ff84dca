"""Replies to requests with an `Idempotency-Key`, stored in the same commit as the effect.

The same key with the same fields gets the same reply. Routes take their key with the decorator of
`http.idempotency`; this module knows no web framework.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.kit.db import read_database_time, select_sql_now, sql_now
from services.kit.problems import IdempotencyKeyReused, Text, ValidationFailed

TTL_SECONDS = 24 * 3600
CLEANUP_BATCH = 100
MAX_KEY = 200
KEY_INVALID = Text("از ۱ تا ۲۰۰ نویسه لاتین باشد.", "Must be 1 to 200 printable ASCII characters.")


class IdempotencyMixin:
    """One stored reply. `scope` is a hash of caller, route and key."""

    __tablename__ = "idempotency_keys"

    scope: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    status: Mapped[int | None]
    body: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(), nullable=True)
    created_at: Mapped[datetime] = mapped_column(default=sql_now(), index=True)


class Replay(Exception):
    """The request was answered before; carries that reply."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__("replay")
        self.status = status
        self.body = body


def hash_value(value: object) -> str:
    """Return a SHA-256 of a value's JSON, in which the order of members does not matter."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def check_key(key: str | None) -> None:
    """Check an `Idempotency-Key` header, which may be missing. Raises ValidationFailed."""
    if key is not None and not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise ValidationFailed(("Idempotency-Key", KEY_INVALID))


class StoredReply:
    """The row of one request's reply. Without a key (`scope` is None) every method does nothing."""

    def __init__(self, model: type[IdempotencyMixin], scope: str | None, fields: Mapping[str, Any]) -> None:
        self._model = model
        self._scope = scope
        self._fingerprint = hash_value(fields)

    def check(self, session: Session) -> None:
        """Look for an earlier reply without taking the key.

        Raises Replay when the request was answered before, IdempotencyKeyReused for other fields.
        """
        if self._scope is None:
            return
        stored = session.get(self._model, self._scope, populate_existing=True)
        if stored is None or stored.created_at < read_database_time(session) - timedelta(seconds=TTL_SECONDS):
            return
        if stored.fingerprint != self._fingerprint:
            raise IdempotencyKeyReused
        if stored.status is not None and stored.body is not None:
            raise Replay(stored.status, stored.body)

    def claim_key(self, session: Session) -> None:
        """Take the key, in the transaction that has the effect. Raises as `check` does."""
        if self._scope is None:
            return
        self._delete_expired(session, self._scope)
        self.check(session)
        try:
            with session.begin_nested():
                session.execute(
                    sa.insert(self._model).values(scope=self._scope, fingerprint=self._fingerprint)
                )
        except IntegrityError:
            # Another request with this key committed while this one waited for the unique index.
            self.check(session)
            raise

    def _delete_expired(self, session: Session, scope: str) -> None:
        model = self._model
        expired = sa.select(model.scope).where(model.created_at < select_sql_now(-TTL_SECONDS))
        # Rows that another, perhaps long, transaction deletes are skipped; the caller's own is waited for.
        oldest = expired.order_by(model.created_at).limit(CLEANUP_BATCH)
        unlocked = oldest.with_for_update(skip_locked=True)
        session.execute(sa.delete(model).where(model.scope.in_(session.scalars(unlocked).all())))
        session.execute(sa.delete(model).where(model.scope.in_(expired.where(model.scope == scope))))

    def store(self, session: Session, status: int, body: dict[str, Any]) -> None:
        """Store the reply that a repeated request gets, in the transaction of `claim_key`."""
        if self._scope is None:
            return
        row = session.get_one(self._model, self._scope)
        row.status, row.body = status, body
