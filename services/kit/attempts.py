"""Failure limits: counted in the database, before any expensive check, per whatever the caller names.

auth counts failed sign-ins, inquiry failed codes. The database is the only store, so a limit can
never be open because a cache is away.

An attempt that is judged in the transaction that counts it uses `reserve_attempt` and `cancel_attempt`. One
that is judged between two transactions uses `start_attempt`, then `cancel_attempt` or `fail_attempt`. Until
then it is in flight: it takes up room under the limits and is not a failure.
"""

import hashlib
import hmac
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.kit.db import BigKey, read_database_time, select_sql_now, sql_now
from services.kit.problems import Busy, TooManyAttempts

KEPT_SECONDS = 24 * 3600
CLEANUP_BATCH = 100
# An attempt takes a few seconds. One whose outcome was not written down by then has lost its
# process and counts as a failure, so that a crash gives no free guess.
FLIGHT_SECONDS = 30

Limits = Mapping[str, Sequence["Limit"]]


class FailedAttemptMixin:
    """One attempt under one key; the key is a keyed hash, so that the table tells nobody anything.

    It is a failure, unless it is still in flight.
    """

    __tablename__ = "failed_attempts"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(sa.String(64), index=True)
    at: Mapped[datetime] = mapped_column(default=sql_now(), index=True)
    # SQLite gives the number of a deleted row again; this says whose the row is.
    reservation: Mapped[uuid.UUID | None]
    in_flight_until: Mapped[datetime | None]


@dataclass(frozen=True)
class Limit:
    """At most `failures` in `seconds`."""

    failures: int
    seconds: int


@dataclass(frozen=True)
class Reservation:
    """The rows of one attempt, one a key."""

    id: uuid.UUID
    positions: Sequence[int]


def derive_attempt_key(pepper: bytes, *parts: str) -> str:
    """Return the key of one counter, of parts such as ("code", national code, source address)."""
    return hmac.new(pepper, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()


def is_failure(model: type[FailedAttemptMixin]) -> sa.ColumnElement[bool]:
    """Return the condition that an attempt has failed and is not in flight."""
    return sa.or_(model.in_flight_until.is_(None), model.in_flight_until <= select_sql_now())


def check_attempts(
    session: Session, model: type[FailedAttemptMixin], key: str, limits: Sequence[Limit]
) -> None:
    """Raise TooManyAttempts with the seconds until the strictest exceeded limit has room again."""
    if wait := _compute_wait(session, model, key, limits):
        raise TooManyAttempts(wait)


def reserve_attempt(session: Session, model: type[FailedAttemptMixin], limits: Limits) -> Reservation:
    """Count a failure under every key, if all limits have room; return what `cancel_attempt` takes.

    For attempts that are judged before this transaction ends. Raises TooManyAttempts, Busy, and then counts
    nothing.
    """
    return _count(session, model, limits, in_flight_until=None)


def start_attempt(session: Session, model: type[FailedAttemptMixin], limits: Limits) -> Reservation:
    """Count an attempt in flight under every key, if all limits have room; return what ends it.

    `cancel_attempt` or `fail_attempt` end it; without them it is a failure after `FLIGHT_SECONDS`. Counting
    first holds the limits against simultaneous attempts: failures and attempts in flight together never pass
    them. Raises TooManyAttempts where failures fill a limit, Busy where attempts in flight do, and then
    counts nothing.
    """
    return _count(session, model, limits, in_flight_until=sql_now(FLIGHT_SECONDS))


def fail_attempt(session: Session, model: type[FailedAttemptMixin], reservation: Reservation) -> None:
    """Count an attempt in flight as failed, unless it was cancelled."""
    session.execute(
        sa.update(model).where(*_match_reservation(model, reservation)).values(in_flight_until=None)
    )


def cancel_attempt(session: Session, model: type[FailedAttemptMixin], reservation: Reservation) -> None:
    """Uncount an attempt that did not happen or did not fail. Idempotent."""
    session.execute(sa.delete(model).where(*_match_reservation(model, reservation)))


def _match_reservation(
    model: type[FailedAttemptMixin], reservation: Reservation
) -> tuple[sa.ColumnElement[bool], ...]:
    return model.position.in_(reservation.positions), model.reservation == reservation.id


def _count(
    session: Session,
    model: type[FailedAttemptMixin],
    limits: Limits,
    in_flight_until: sa.ColumnElement[datetime] | None,
) -> Reservation:
    if session.get_bind().dialect.name == "postgresql":
        # On SQLite the whole transaction has the writer's lock already.
        for key in sorted(limits):
            session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(key, 0))))
    if wait := max(_compute_wait(session, model, key, of_key) for key, of_key in limits.items()):
        raise TooManyAttempts(wait)
    if any(_is_full(session, model, key, of_key) for key, of_key in limits.items()):
        raise Busy
    _delete_old_attempts(session, model)
    reservation = uuid.uuid4()
    insert = sa.insert(model).values(in_flight_until=in_flight_until).returning(model.position)
    rows = [{"key": key, "reservation": reservation} for key in limits]
    return Reservation(reservation, session.scalars(insert, rows).all())


def _compute_wait(
    session: Session, model: type[FailedAttemptMixin], key: str, limits: Sequence[Limit]
) -> int:
    """Return the seconds until failures leave room under every limit; 0 where they do."""
    now = read_database_time(session)
    wait = 0
    for limit in limits:
        times = session.scalars(
            sa.select(model.at)
            .where(model.key == key, model.at > sql_now(-limit.seconds), is_failure(model))
            .order_by(model.at.desc())
            .limit(limit.failures)
        ).all()
        if len(times) == limit.failures:
            left = limit.seconds - (now - times[-1]).total_seconds()
            wait = max(wait, int(left) + 1)
    return wait


def _is_full(session: Session, model: type[FailedAttemptMixin], key: str, limits: Sequence[Limit]) -> bool:
    """Return whether failures and attempts in flight together fill a limit."""
    for limit in limits:
        attempts = sa.select(model.position).where(model.key == key, model.at > sql_now(-limit.seconds))
        if len(session.scalars(attempts.limit(limit.failures)).all()) == limit.failures:
            return True
    return False


def _delete_old_attempts(session: Session, model: type[FailedAttemptMixin]) -> None:
    # No limit counts these any more. Rows that another attempt deletes are skipped.
    old = sa.select(model.position).where(model.at < select_sql_now(-KEPT_SECONDS)).order_by(model.at)
    positions = session.scalars(old.limit(CLEANUP_BATCH).with_for_update(skip_locked=True)).all()
    session.execute(sa.delete(model).where(model.position.in_(positions)))
