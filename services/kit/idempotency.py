"""`Idempotency-Key`: the same key and fields get the same reply, kept in the same commit as the effect.

A route builds `Once` from the header, calls `begin` first inside its transaction and `keep` last.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.kit.db import database_time, sql_now, sql_now_once
from services.kit.problems import IdempotencyKeyReused, Text, ValidationFailed

KEPT_SECONDS = 24 * 3600
FORGOTTEN_AT_ONCE = 100
MAX_KEY = 200


class IdempotencyMixin:
    """One kept reply; the key's scope is caller + route + key, stored as a hash."""

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


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


class Once:
    """One idempotent request; without the header every method does nothing but pass the reply on."""

    def __init__(self, model: type[IdempotencyMixin], caller: str, fields: Mapping[str, Any]) -> None:
        key = request.headers.get("Idempotency-Key")
        if key is not None and not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
            raise ValidationFailed(
                (
                    "Idempotency-Key",
                    Text("از ۱ تا ۲۰۰ نویسه لاتین باشد.", "Must be 1 to 200 printable ASCII characters."),
                )
            )
        self._model = model
        self._scope = _hash([caller, request.endpoint, request.view_args, key]) if key else None
        self._fingerprint = _hash(fields)

    def look(self, session: Session) -> None:
        """Raise as `begin` does and take nothing: for a route whose work is done before its transaction."""
        if self._scope is not None:
            self._answer_again(session)

    def begin(self, session: Session) -> None:
        """Take the key, in the transaction that has the effect.

        Raises Replay when the request was answered before, IdempotencyKeyReused for other fields.
        """
        if self._scope is None:
            return
        model = self._model
        ended = sa.select(model.scope).where(model.created_at < sql_now_once(-KEPT_SECONDS))
        # A row that another, perhaps long, transaction forgets already is not waited for; an own one is.
        oldest = ended.order_by(model.created_at).limit(FORGOTTEN_AT_ONCE)
        forgotten = oldest.with_for_update(skip_locked=True)
        session.execute(sa.delete(model).where(model.scope.in_(session.scalars(forgotten).all())))
        session.execute(sa.delete(model).where(model.scope.in_(ended.where(model.scope == self._scope))))
        self._answer_again(session)
        try:
            with session.begin_nested():
                session.execute(sa.insert(model).values(scope=self._scope, fingerprint=self._fingerprint))
        except IntegrityError:
            # Another request with this key committed while this one waited for the unique index.
            self._answer_again(session)
            raise

    def _answer_again(self, session: Session) -> None:
        known = session.get(self._model, self._scope, populate_existing=True)
        if known is None or known.created_at < database_time(session) - timedelta(seconds=KEPT_SECONDS):
            return
        if known.fingerprint != self._fingerprint:
            raise IdempotencyKeyReused
        if known.status is not None and known.body is not None:
            raise Replay(known.status, known.body)

    def keep(self, session: Session, status: int, body: dict[str, Any]) -> None:
        """Keep the reply that the same request will get again."""
        if self._scope is None:
            return
        row = session.get_one(self._model, self._scope)
        row.status, row.body = status, body
