"""The queue: claims, leases, what waits too long, and how much of it there is."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from services.disclosure.models import DisclosureRequest, FailureCode, Outbox, RequestState, states_before
from services.kit.db import database_time, sql_now


def claim_request(
    session: Session, disclosure_id: uuid.UUID, state: RequestState, lease: int, max_tries: int
) -> DisclosureRequest | None:
    """Take a request of that state for rendering, with its statement, at one stroke; None if not free.

    A request is free when it waits, or when the lease of the attempt before has run out, by the
    database's clock. `lease` in seconds.
    """
    return session.scalars(
        sa.update(DisclosureRequest)
        .where(
            DisclosureRequest.id == disclosure_id,
            DisclosureRequest.state == state,
            DisclosureRequest.claimable_at <= sql_now(),
            DisclosureRequest.tries < max_tries,
        )
        .values(
            state=RequestState.RENDERING,
            attempt=DisclosureRequest.attempt + 1,
            tries=DisclosureRequest.tries + 1,
            claimable_at=sql_now(lease),
            nudge_at=sql_now(lease),
        )
        .returning(DisclosureRequest)
        .options(undefer(DisclosureRequest.statement))
        .execution_options(synchronize_session=False, populate_existing=True)
    ).one_or_none()


def fail_exhausted(session: Session, max_tries: int, limit: int) -> Sequence[DisclosureRequest]:
    """Fail requests whose last allowed attempt let its lease run out; returns them."""
    exhausted = (
        sa.select(DisclosureRequest.position)
        .where(
            DisclosureRequest.state == RequestState.RENDERING,
            DisclosureRequest.claimable_at <= sql_now(),
            DisclosureRequest.tries >= max_tries,
        )
        .limit(limit)
    )
    return session.scalars(
        sa.update(DisclosureRequest)
        .where(
            DisclosureRequest.position.in_(exhausted),
            # Asked again of the row itself: a letter may have come since the rows were chosen.
            DisclosureRequest.state == RequestState.RENDERING,
        )
        .values(state=RequestState.FAILED, failure_code=FailureCode.RENDERING_FAILED)
        .returning(DisclosureRequest)
        .execution_options(synchronize_session=False)
    ).all()


def _claimable() -> sa.ColumnElement[bool]:
    return sa.and_(
        DisclosureRequest.state.in_(states_before(RequestState.RENDERING) - {RequestState.FAILED}),
        DisclosureRequest.claimable_at <= sql_now(),
    )


def waits_too_long() -> sa.ColumnElement[bool]:
    """Of a request: it could be claimed, and its next message is due."""
    return sa.and_(_claimable(), DisclosureRequest.nudge_at <= sql_now())


def count_claimable(session: Session) -> int:
    """How many requests a worker could claim now."""
    return session.scalars(
        sa.select(sa.func.count()).select_from(DisclosureRequest).where(_claimable())
    ).one()


def requests_to_nudge(session: Session, limit: int) -> dict[uuid.UUID, str]:
    """Requests that could be claimed and wait for it, with the calls that queued them.

    Those whose attempt came to nothing are first, since they have no message in the queue; then come those
    that have waited longest.
    """
    waiting = session.execute(
        sa.select(DisclosureRequest.id, DisclosureRequest.request_id)
        .where(waits_too_long())
        .order_by(DisclosureRequest.tries.desc(), DisclosureRequest.nudge_at)
        .limit(limit)
    ).all()
    return dict(waiting)


def postpone_nudges(session: Session, disclosure_ids: Sequence[uuid.UUID], seconds: int) -> None:
    """Let these requests' next nudge wait; one that was claimed meanwhile keeps its own time."""
    session.execute(
        sa.update(DisclosureRequest)
        .where(DisclosureRequest.id.in_(disclosure_ids), _claimable())
        .values(nudge_at=sql_now(seconds))
        .execution_options(synchronize_session=False)
    )


def waiting(session: Session) -> tuple[int, int, float]:
    """How many requests are queued and rendering, and the age of the oldest queued one in seconds."""
    queued, rendering = (
        session.scalars(
            sa.select(sa.func.count()).select_from(DisclosureRequest).where(DisclosureRequest.state == state)
        ).one()
        for state in (RequestState.QUEUED, RequestState.RENDERING)
    )
    now, oldest = session.execute(
        sa.select(sql_now(), sa.func.min(DisclosureRequest.queued_at)).where(
            DisclosureRequest.state == RequestState.QUEUED
        )
    ).one()
    return queued, rendering, (now - oldest).total_seconds() if oldest else 0.0


def count_failures(session: Session) -> dict[FailureCode, int]:
    """How many requests have failed and were not retried, by code."""
    rows = session.execute(
        sa.select(DisclosureRequest.failure_code, sa.func.count())
        .where(DisclosureRequest.state == RequestState.FAILED)
        .group_by(DisclosureRequest.failure_code)
    ).all()
    return {code: count for code, count in rows if code is not None}


def count_events(session: Session, name: str, seconds: int) -> int:
    """How many events of a name were given their numbers in the last so many seconds."""
    # A value: with the clock in the condition PostgreSQL would read all events there ever were.
    since = database_time(session) - timedelta(seconds=seconds)
    return session.scalars(
        sa.select(sa.func.count()).select_from(Outbox).where(Outbox.published_at > since, Outbox.name == name)
    ).one()
