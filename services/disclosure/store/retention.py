"""Rows of disclosure that have been stored long enough: activity, requests and their letters."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.disclosure.models import (
    Activity,
    DeletedLetter,
    DisclosureRequest,
    FigureCheck,
    Letter,
    RequestState,
)
from services.kit.db import read_database_time

OldRequest = sa.Row[uuid.UUID, uuid.UUID, int, datetime, uuid.UUID | None, str | None]


def list_old_requests(session: Session, state: RequestState, days: int, limit: int) -> Sequence[OldRequest]:
    """Return id, person, attempt, time, letter and its object of the oldest requests of a state, if old.

    Only the `limit` oldest ones are looked at, so this reads no more rows than it returns.
    """
    oldest = (
        sa.select(DisclosureRequest.position)
        .where(DisclosureRequest.state == state)
        .order_by(DisclosureRequest.position)
        .limit(limit)
        .subquery()
    )
    return session.execute(
        sa.select(
            DisclosureRequest.id,
            DisclosureRequest.person_id,
            DisclosureRequest.attempt,
            DisclosureRequest.requested_at,
            Letter.id.label("letter_id"),
            Letter.object_key,
        )
        .join(oldest, oldest.c.position == DisclosureRequest.position)
        .outerjoin(Letter, Letter.disclosure_id == DisclosureRequest.id)
        .where(DisclosureRequest.requested_at < _find_limit(session, days))
        .order_by(DisclosureRequest.position)
    ).all()


def count_old_requests(session: Session, days: int, limit: int, *, state: RequestState) -> int:
    """Return how many requests of a state are older than that, at most `limit`."""
    before = _find_limit(session, days)
    some = (
        sa.select(DisclosureRequest.position)
        .where(DisclosureRequest.state == state, DisclosureRequest.requested_at < before)
        .limit(limit)
    )
    return session.scalars(sa.select(sa.func.count()).select_from(some.subquery())).one()


def delete_letters(session: Session, old: Sequence[OldRequest]) -> None:
    """Delete the letters of requests; only their serials and ids stay, so that no serial is drawn again."""
    letter_ids = [row.letter_id for row in old if row.letter_id]
    if not letter_ids:
        return
    # Locked like every change of letters, so that no comparison of one is added meanwhile.
    locked = session.execute(
        sa.select(Letter.id, Letter.serial)
        .where(Letter.id.in_(letter_ids))
        .order_by(Letter.position)
        .with_for_update()
    ).all()
    if not locked:
        return
    session.execute(sa.delete(FigureCheck).where(FigureCheck.letter_id.in_(letter_ids)))
    session.execute(
        sa.update(Letter)
        .where(Letter.person_id.in_({row.person_id for row in old}), Letter.superseded_by.in_(letter_ids))
        .values(superseded_by=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(sa.insert(DeletedLetter), [{"serial": row.serial, "letter_id": row.id} for row in locked])
    session.execute(sa.delete(Letter).where(Letter.id.in_(letter_ids)))


def delete_requests(session: Session, old: Sequence[OldRequest], state: RequestState) -> None:
    """Delete requests that still have that state and no letter."""
    has_letter = sa.exists().where(Letter.disclosure_id == DisclosureRequest.id)
    session.execute(
        sa.delete(DisclosureRequest)
        .where(DisclosureRequest.id.in_([row.id for row in old]), DisclosureRequest.state == state)
        .where(~has_letter)
        .execution_options(synchronize_session=False)
    )


def is_deleted_serial(session: Session, serial: str) -> bool:
    """Return whether a serial is that of a letter that was deleted."""
    return session.get(DeletedLetter, serial) is not None


def delete_old_activity(session: Session, days: int, limit: int) -> int:
    """Return how many of the `limit` oldest lines were deleted because they are older than that."""
    oldest = sa.select(Activity.position, Activity.at).order_by(Activity.position).limit(limit).subquery()
    old = session.scalars(sa.select(oldest.c.position).where(oldest.c.at < _find_limit(session, days))).all()
    gone = session.execute(sa.delete(Activity).where(Activity.position.in_(old)))
    return cast("sa.CursorResult[Any]", gone).rowcount


def count_old_activity(session: Session, days: int, limit: int) -> int:
    """Return how many lines are older than that, at most `limit`."""
    some = sa.select(Activity.position).where(Activity.at < _find_limit(session, days)).limit(limit)
    return session.scalars(sa.select(sa.func.count()).select_from(some.subquery())).one()


def _find_limit(session: Session, days: int) -> datetime:
    return read_database_time(session) - timedelta(days=days)
