"""Queries of disclosure. `actions` call them inside a transaction; none commits."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, undefer

from services.disclosure.models import (
    Activity,
    Agreement,
    Citizen,
    DisclosureRequest,
    FailureCode,
    Letter,
    LetterState,
    Outbox,
    RequestState,
    states_before,
)
from services.kit.db import sql_now

DAY = 24 * 3600
# SQLite takes no more than this many parameters in one statement without trouble.
CHUNK = 500


def find_agreement(session: Session, version: int | None = None) -> Agreement | None:
    """The agreement of that version; the current one for None."""
    if version is not None:
        return session.get(Agreement, version)
    return session.scalars(sa.select(Agreement).order_by(Agreement.version.desc()).limit(1)).one_or_none()


def agreements(session: Session) -> Sequence[Agreement]:
    """All versions, oldest first."""
    return session.scalars(sa.select(Agreement).order_by(Agreement.version)).all()


def lock_citizen(session: Session, person_id: uuid.UUID) -> None:
    """Hold the person's row until the transaction ends; it is made when it is not there.

    Whoever counts a person's requests, or weighs letters against changes of the record, holds it meanwhile.
    """
    if session.get(Citizen, person_id, with_for_update=True) is not None:
        return
    try:
        with session.begin_nested():
            session.execute(sa.insert(Citizen).values(person_id=person_id))
    except IntegrityError:
        # Another transaction made it meanwhile.
        session.get_one(Citizen, person_id, with_for_update=True)


def lock_known_citizens(session: Session, person_ids: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Those of the persons who have dealt with this service, held until the transaction ends."""
    known: list[uuid.UUID] = []
    wanted = sorted(person_ids)
    for start in range(0, len(wanted), CHUNK):
        known += session.scalars(
            sa.select(Citizen.person_id)
            .where(Citizen.person_id.in_(wanted[start : start + CHUNK]))
            .order_by(Citizen.person_id)
            .with_for_update()
        )
    return known


def times_of_today(session: Session, person_id: uuid.UUID, limit: int) -> Sequence[datetime]:
    """When the person's newest requests of the last 24 hours came, newest first."""
    return session.scalars(
        sa.select(DisclosureRequest.requested_at)
        .where(DisclosureRequest.person_id == person_id, DisclosureRequest.requested_at > sql_now(-DAY))
        .order_by(DisclosureRequest.position.desc())
        .limit(limit)
    ).all()


def requests_query(person_id: uuid.UUID | None, state: RequestState | None) -> sa.Select[DisclosureRequest]:
    """One person's requests, or everybody's; of one state, or of all."""
    query = sa.select(DisclosureRequest)
    if person_id is not None:
        query = query.where(DisclosureRequest.person_id == person_id)
    if state is not None:
        query = query.where(DisclosureRequest.state == state)
    return query


def find_request(session: Session, request_id: uuid.UUID, *, lock: bool = False) -> DisclosureRequest | None:
    """A request by its id; locked until the transaction ends if asked."""
    query = sa.select(DisclosureRequest).where(DisclosureRequest.id == request_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def claim_request(
    session: Session, request_id: uuid.UUID, lease: int, max_tries: int
) -> DisclosureRequest | None:
    """Take a request for rendering, in one statement; None when it is not free.

    A request is free when it waits, or when the lease of the attempt before has run out, by the
    database's clock. `lease` in seconds.
    """
    claimed = session.scalars(
        sa.update(DisclosureRequest)
        .where(
            DisclosureRequest.id == request_id,
            DisclosureRequest.state.in_(states_before(RequestState.RENDERING)),
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
        .returning(DisclosureRequest.position)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if claimed is None:
        return None
    return session.get_one(
        DisclosureRequest, claimed, options=[undefer(DisclosureRequest.statement)], populate_existing=True
    )


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
        sa.select(DisclosureRequest.id, DisclosureRequest.call_id)
        .where(_claimable(), DisclosureRequest.nudge_at <= sql_now())
        .order_by(DisclosureRequest.tries.desc(), DisclosureRequest.nudge_at)
        .limit(limit)
    ).all()
    return dict(waiting)


def postpone_nudges(session: Session, request_ids: Sequence[uuid.UUID], seconds: int) -> None:
    """Let these requests' next nudge wait; one that was claimed meanwhile keeps its own time."""
    session.execute(
        sa.update(DisclosureRequest)
        .where(DisclosureRequest.id.in_(request_ids), _claimable())
        .values(nudge_at=sql_now(seconds))
        .execution_options(synchronize_session=False)
    )


def letter_of(session: Session, request_id: uuid.UUID) -> Letter | None:
    """The letter a request led to."""
    return session.scalars(sa.select(Letter).where(Letter.request_id == request_id)).one_or_none()


def letters_of(session: Session, request_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """The ids of the letters that requests led to, by request id."""
    query = sa.select(Letter.request_id, Letter.id).where(Letter.request_id.in_(request_ids))
    return dict(session.execute(query).all())


def statement_moment(session: Session, request: DisclosureRequest) -> tuple[str, str]:
    """When a request's statement was made, in UTC and as a Jalali date; the statement itself stays there."""
    statement = DisclosureRequest.statement
    as_of, as_of_jalali = session.execute(
        sa.select(statement["as_of"].as_string(), statement["as_of_jalali"].as_string()).where(
            DisclosureRequest.position == request.position
        )
    ).one()
    return as_of, as_of_jalali


def inbox_query(person_id: uuid.UUID) -> sa.Select[Letter]:
    """One person's letters."""
    return sa.select(Letter).where(Letter.person_id == person_id)


def find_letter(session: Session, letter_id: uuid.UUID) -> Letter | None:
    return session.scalars(sa.select(Letter).where(Letter.id == letter_id)).one_or_none()


def find_letter_by_serial(session: Session, serial: str) -> Letter | None:
    """A letter, locked until the transaction ends."""
    return session.scalars(sa.select(Letter).where(Letter.serial == serial).with_for_update()).one_or_none()


def valid_letters(session: Session, person_ids: Sequence[uuid.UUID]) -> Sequence[Letter]:
    """The persons' letters that nothing has replaced, locked until the transaction ends, oldest first."""
    letters: list[Letter] = []
    for start in range(0, len(person_ids), CHUNK):
        letters += session.scalars(
            sa.select(Letter)
            .where(Letter.person_id.in_(person_ids[start : start + CHUNK]), Letter.state == LetterState.VALID)
            .order_by(Letter.position)
            .with_for_update()
        )
    return letters


def unreplaced_letters(session: Session, person_id: uuid.UUID) -> Sequence[Letter]:
    """The person's superseded letters that no newer one stands for yet, locked until the transaction ends."""
    return session.scalars(
        sa.select(Letter)
        .where(
            Letter.person_id == person_id,
            Letter.state == LetterState.SUPERSEDED,
            Letter.superseded_by.is_(None),
        )
        .with_for_update()
    ).all()


def mark_seen(session: Session, letter_id: uuid.UUID) -> bool:
    """Keep the first time the person opened the letter; tells whether this was it."""
    return (
        session.scalars(
            sa.update(Letter)
            .where(Letter.id == letter_id, Letter.seen_at.is_(None))
            .values(seen_at=sql_now())
            .returning(Letter.position)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        is not None
    )


def months_changed_since(session: Session, person_id: uuid.UUID, moment: datetime) -> Sequence[str]:
    """The months of the person's record that changed after a moment, as far as records has told."""
    references = session.scalars(
        sa.select(Activity.references).where(
            Activity.person_id == person_id, Activity.kind == "record.changed", Activity.at > moment
        )
    )
    return [month for found in references if (month := found.get("month_jalali")) is not None]


def activity_query(person_id: uuid.UUID) -> sa.Select[Activity]:
    """Everything that happened to one person."""
    return sa.select(Activity).where(Activity.person_id == person_id)


def states_of_requests(session: Session, request_ids: Sequence[uuid.UUID]) -> dict[str, str]:
    """What requests have come to, by id."""
    rows = session.execute(
        sa.select(DisclosureRequest.id, DisclosureRequest.state).where(DisclosureRequest.id.in_(request_ids))
    ).all()
    return {str(request_id): state.value for request_id, state in rows}


def states_of_letters(session: Session, letter_ids: Sequence[uuid.UUID]) -> dict[str, str]:
    """What letters are worth today, by id."""
    rows = session.execute(sa.select(Letter.id, Letter.state).where(Letter.id.in_(letter_ids))).all()
    return {str(letter_id): state.value for letter_id, state in rows}


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
    return session.scalars(
        sa.select(sa.func.count())
        .select_from(Outbox)
        .where(Outbox.published_at > sql_now(-seconds), Outbox.name == name)
    ).one()


def is_rendering(session: Session, request_id: uuid.UUID) -> bool:
    """Whether a request is in the hands of a worker, or was when that worker was last heard of."""
    state = session.scalars(
        sa.select(DisclosureRequest.state).where(DisclosureRequest.id == request_id)
    ).one_or_none()
    return state is RequestState.RENDERING


def standing_of_attempts(
    session: Session, request_ids: Collection[uuid.UUID]
) -> Sequence[sa.Row[uuid.UUID, int, RequestState, str]]:
    """Of each request its id, newest attempt and state, and its letter's object, None if it has none.

    One statement: a letter that came between two would be seen by neither.
    """
    return session.execute(
        sa.select(DisclosureRequest.id, DisclosureRequest.attempt, DisclosureRequest.state, Letter.object_key)
        .outerjoin(Letter, Letter.request_id == DisclosureRequest.id)
        .where(DisclosureRequest.id.in_(request_ids))
    ).all()


def sha256_of_object(session: Session, object_key: str) -> str | None:
    return session.scalars(sa.select(Letter.sha256).where(Letter.object_key == object_key)).one_or_none()
