"""The queue: claims, leases, overdue requests, and the numbers that operators watch."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from services.disclosure.models import (
    DisclosureRequest,
    FailureCode,
    LetterLanguage,
    Outbox,
    RequestState,
    WaitingCode,
    find_states_before,
)
from services.kit.db import read_database_time, sql_now


class ClaimedRequest(NamedTuple):
    """A request as its claim left it; `statement` is JSON as text, as it is stored.

    `call_id` is the correlation id of the call that queued it.
    """

    id: uuid.UUID
    attempt: int
    claimable_at: datetime
    serial: str
    tracking_number: str
    requested_at: datetime
    types: list[str]
    agreement_version: int
    agreement_sha256: str
    call_id: str
    language: str | None
    latin_name: str | None
    statement: str


def _build_claim(which: sa.ColumnElement[bool]) -> ReturningUpdate[Any]:
    """Return the statement that claims the request of that condition if it is free."""
    lease = sql_now(sa.bindparam("lease", type_=sa.Integer()))
    return (
        sa.update(_TABLE)
        .where(which, *_IS_FREE)
        .values(
            state=RequestState.RENDERING,
            attempt=_TABLE.c.attempt + 1,
            tries=_TABLE.c.tries + 1,
            claimable_at=lease,
            nudge_at=lease,
        )
        .returning(
            *(_TABLE.c[name] for name in ClaimedRequest._fields if name != "statement"),
            # A worker reads it, and nobody here.
            sa.cast(_TABLE.c.statement, sa.Text).label("statement"),
        )
    )


# Every letter needs these statements, and building one costs more than executing it.
_TABLE = cast("sa.Table", DisclosureRequest.__table__)
_IS_FREE = (
    _TABLE.c.state == sa.bindparam("before", type_=_TABLE.c.state.type),
    _TABLE.c.claimable_at <= sql_now(),
    _TABLE.c.tries < sa.bindparam("max_tries"),
    _TABLE.c.statement["schema_version"].as_integer() <= sa.bindparam("statement_version"),
    sa.func.coalesce(_TABLE.c.language, LetterLanguage.PERSIAN.value).in_(
        sa.bindparam("languages", expanding=True)
    ),
)
_CLAIM = _build_claim(_TABLE.c.id == sa.bindparam("disclosure_id"))
_CLAIM_NEXT = _build_claim(
    _TABLE.c.position
    == sa.select(_TABLE.c.position)
    .where(*_IS_FREE)
    .order_by(_TABLE.c.position)
    .limit(1)
    .with_for_update(skip_locked=True)
    .scalar_subquery()
)


def claim_request(
    session: Session,
    disclosure_id: uuid.UUID,
    state: RequestState,
    statement_version: int,
    languages: Sequence[str],
    lease: int,
    max_tries: int,
) -> ClaimedRequest | None:
    """Return a request of that state with its statement, claimed for `lease` seconds; None if it is not free.

    A request is free when it waits, or when the lease of the previous attempt has expired by the database's
    clock. A statement of a version after `statement_version`, or a letter in another language than
    `languages`, waits for another worker.
    """
    values = {
        "disclosure_id": disclosure_id,
        "before": state,
        "statement_version": statement_version,
        "languages": list(languages),
        "lease": lease,
        "max_tries": max_tries,
    }
    row = session.connection().execute(_CLAIM, values).one_or_none()
    return ClaimedRequest(*row) if row else None


def claim_next_request(
    session: Session, statement_version: int, languages: Sequence[str], lease: int, max_tries: int
) -> ClaimedRequest | None:
    """Return the free queued request that was made first, claimed as by `claim_request`; None without any.

    One that another transaction claims is skipped.
    """
    values = {
        "before": RequestState.QUEUED,
        "statement_version": statement_version,
        "languages": list(languages),
        "lease": lease,
        "max_tries": max_tries,
    }
    row = session.connection().execute(_CLAIM_NEXT, values).one_or_none()
    return ClaimedRequest(*row) if row else None


def fail_exhausted(session: Session, max_tries: int, limit: int) -> Sequence[DisclosureRequest]:
    """Return requests whose last allowed attempt let its lease expire; they have failed now."""
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
            # Checked again on the row itself: a letter may have been added since the rows were selected.
            DisclosureRequest.state == RequestState.RENDERING,
        )
        .values(state=RequestState.FAILED, failure_code=FailureCode.RENDERING_FAILED, waiting_code=None)
        .returning(DisclosureRequest)
        .execution_options(synchronize_session=False)
    ).all()


def note_outage(session: Session, disclosure_id: uuid.UUID, code: WaitingCode) -> int:
    """Return how many requests were marked as waiting: 1, or 0 if the request no longer waits for a letter.

    Only the current attempt of a marked request counts.
    """
    noted = session.execute(
        sa.update(DisclosureRequest)
        .where(
            DisclosureRequest.id == disclosure_id,
            DisclosureRequest.state.in_([RequestState.QUEUED, RequestState.RENDERING]),
        )
        .values(
            waiting_code=code.value,
            tries=sa.case((DisclosureRequest.state == RequestState.RENDERING, 1), else_=0),
        )
        .returning(DisclosureRequest.id)
        .execution_options(synchronize_session=False)
    )
    return len(noted.all())


def _is_claimable() -> sa.ColumnElement[bool]:
    return sa.and_(
        DisclosureRequest.state.in_(find_states_before(RequestState.RENDERING) - {RequestState.FAILED}),
        DisclosureRequest.claimable_at <= sql_now(),
    )


def is_overdue() -> sa.ColumnElement[bool]:
    """Return the condition that a request can be claimed, and that its next message is due."""
    return sa.and_(_is_claimable(), DisclosureRequest.nudge_at <= sql_now())


def count_claimable(session: Session) -> int:
    """Return how many requests a worker could claim now."""
    return session.scalars(
        sa.select(sa.func.count()).select_from(DisclosureRequest).where(_is_claimable())
    ).one()


def find_overdue_requests(session: Session, limit: int) -> dict[uuid.UUID, str]:
    """Return the ids of overdue requests, each with the correlation id of the call that queued it.

    Those with a failed attempt are first, since they have no message in the queue; then come those that have
    waited longest.
    """
    overdue = session.execute(
        sa.select(DisclosureRequest.id, DisclosureRequest.request_id)
        .where(is_overdue())
        .order_by(DisclosureRequest.tries.desc(), DisclosureRequest.nudge_at)
        .limit(limit)
    ).all()
    return dict(overdue)


def postpone_nudges(session: Session, disclosure_ids: Sequence[uuid.UUID], seconds: int) -> None:
    """Postpone the next message of these requests, except of those that were claimed in the meantime."""
    session.execute(
        sa.update(DisclosureRequest)
        .where(DisclosureRequest.id.in_(disclosure_ids), _is_claimable())
        .values(nudge_at=sql_now(seconds))
        .execution_options(synchronize_session=False)
    )


class Backlog(NamedTuple):
    """How many requests are queued and rendering, and the age of the oldest queued one in seconds."""

    queued: int
    rendering: int
    oldest_seconds: float


def measure_backlog(session: Session) -> Backlog:
    """Return the backlog by the database's clock."""
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
    return Backlog(queued, rendering, (now - oldest).total_seconds() if oldest else 0.0)


def count_waiting(session: Session) -> dict[str, int]:
    """Return how many requests without a letter wait for the end of an outage, by its code."""
    rows = session.execute(
        sa.select(DisclosureRequest.waiting_code, sa.func.count())
        .where(
            DisclosureRequest.state.in_([RequestState.QUEUED, RequestState.RENDERING]),
            DisclosureRequest.waiting_code.is_not(None),
        )
        .group_by(DisclosureRequest.waiting_code)
    ).all()
    return {code: count for code, count in rows if code is not None}


def count_failures(session: Session) -> dict[FailureCode, int]:
    """Return how many requests have failed and were not retried, by code."""
    rows = session.execute(
        sa.select(DisclosureRequest.failure_code, sa.func.count())
        .where(DisclosureRequest.state == RequestState.FAILED)
        .group_by(DisclosureRequest.failure_code)
    ).all()
    return {code: count for code, count in rows if code is not None}


def count_events(session: Session, name: str, seconds: int) -> int:
    """Return how many events of a name were numbered in the last `seconds`."""
    # A value: with the clock in the condition, PostgreSQL would read all events.
    since = read_database_time(session) - timedelta(seconds=seconds)
    return session.scalars(
        sa.select(sa.func.count()).select_from(Outbox).where(Outbox.published_at > since, Outbox.name == name)
    ).one()
