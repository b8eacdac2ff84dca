"""Failure limits: counted in the database, before any expensive check, per whatever the caller names.

auth counts failed sign-ins, inquiry failed codes. The database is the only store, so a limit can
never be open because a cache is away.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.kit.db import BigKey, database_time, sql_now, sql_now_once
from services.kit.problems import TooManyAttempts

KEPT_SECONDS = 24 * 3600
FORGOTTEN_AT_ONCE = 100


class FailedAttemptMixin:
    """One failure under one key; the key is a keyed hash, so that the table tells nobody anything."""

    __tablename__ = "failed_attempts"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(sa.String(64), index=True)
    at: Mapped[datetime] = mapped_column(default=sql_now(), index=True)


@dataclass(frozen=True)
class Limit:
    """At most `failures` in `seconds`."""

    failures: int
    seconds: int


def attempt_key(pepper: bytes, *parts: str) -> str:
    """The key of one counter: parts such as ("code", national code, source address)."""
    return hmac.new(pepper, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()


def check(session: Session, model: type[FailedAttemptMixin], key: str, limits: Sequence[Limit]) -> None:
    """Raise TooManyAttempts with the seconds until the strictest exceeded limit has room again."""
    now = database_time(session)
    wait = 0
    for limit in limits:
        times = session.scalars(
            sa.select(model.at)
            .where(model.key == key, model.at > sql_now(-limit.seconds))
            .order_by(model.at.desc())
            .limit(limit.failures)
        ).all()
        if len(times) == limit.failures:
            left = limit.seconds - (now - times[-1]).total_seconds()
            wait = max(wait, int(left) + 1)
    if wait > 0:
        raise TooManyAttempts(wait)


def reserve(
    session: Session, model: type[FailedAttemptMixin], limits: Mapping[str, Sequence[Limit]]
) -> Sequence[int]:
    """Check every key and count a failure under each, before the secret is; returns what `forgive` takes.

    Counting first holds the limits against attempts that come all at once, and against a process that dies
    between the attempt and its count. Raises TooManyAttempts, and then counts nothing.
    """
    if session.get_bind().dialect.name == "postgresql":
        # On SQLite the whole transaction has the writer's lock already.
        for key in sorted(limits):
            session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(key, 0))))
    for key, exceeded_by in limits.items():
        check(session, model, key, exceeded_by)
    _forget(session, model)
    return session.scalars(sa.insert(model).returning(model.position), [{"key": key} for key in limits]).all()


def forgive(session: Session, model: type[FailedAttemptMixin], reserved: Sequence[int]) -> None:
    """Take back what `reserve` counted: the attempt was none, or did not fail."""
    session.execute(sa.delete(model).where(model.position.in_(reserved)))


def _forget(session: Session, model: type[FailedAttemptMixin]) -> None:
    # No limit looks at these any more. Rows that another attempt is forgetting are not waited for.
    old = sa.select(model.position).where(model.at < sql_now_once(-KEPT_SECONDS)).order_by(model.at)
    positions = session.scalars(old.limit(FORGOTTEN_AT_ONCE).with_for_update(skip_locked=True)).all()
    session.execute(sa.delete(model).where(model.position.in_(positions)))
