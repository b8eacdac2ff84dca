"""Snapshots of ready letters: those still to be sealed, and sealed ones."""

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.disclosure.models import DisclosureRequest, Letter, RequestState
from services.kit.db import select_sql_now, sql_now


class Snapshot(NamedTuple):
    """Where a request's snapshot is: in the sealed object `key`, else in `statement`, from the row."""

    key: str | None
    statement: dict[str, Any]


def is_unsealed() -> sa.ColumnElement[bool]:
    """Return the condition that a ready letter's snapshot is in its row and may be sealed now."""
    return sa.and_(
        DisclosureRequest.state == RequestState.READY,
        DisclosureRequest.statement_key.is_(None),
        DisclosureRequest.seal_from <= select_sql_now(),
    )


def find_unsealed_snapshots(session: Session, limit: int) -> Sequence[sa.Row[uuid.UUID, dict[str, Any], str]]:
    """Return id, snapshot and letter's object key of requests to seal, oldest first."""
    return session.execute(
        sa.select(DisclosureRequest.id, DisclosureRequest.statement, Letter.object_key)
        .join(Letter, Letter.disclosure_id == DisclosureRequest.id)
        .where(is_unsealed())
        .order_by(DisclosureRequest.seal_from)
        .limit(limit)
    ).all()


def find_snapshot(session: Session, disclosure_id: uuid.UUID) -> Snapshot:
    """Return the snapshot of a request; key and row are read in one statement."""
    row = session.execute(
        sa.select(DisclosureRequest.statement_key, DisclosureRequest.statement).where(
            DisclosureRequest.id == disclosure_id
        )
    ).one()
    return Snapshot(*row)


def mark_sealed(session: Session, disclosure_id: uuid.UUID, statement_key: str) -> None:
    """Store the key of the object that has a request's snapshot, and empty the row."""
    session.execute(
        sa.update(DisclosureRequest)
        .where(DisclosureRequest.id == disclosure_id, DisclosureRequest.statement_key.is_(None))
        .values(statement_key=statement_key, statement={})
        .execution_options(synchronize_session=False)
    )


def list_sealed_requests(session: Session, after: int, limit: int) -> Sequence[sa.Row[int, uuid.UUID]]:
    """Return position and id of requests whose snapshot is sealed, after a position."""
    return session.execute(
        sa.select(DisclosureRequest.position, DisclosureRequest.id)
        .where(DisclosureRequest.position > after, DisclosureRequest.statement_key.is_not(None))
        .order_by(DisclosureRequest.position)
        .limit(limit)
    ).all()


def restore_snapshot(
    session: Session, disclosure_id: uuid.UUID, statement: dict[str, Any], seconds: int
) -> None:
    """Put a snapshot back into its row, to be sealed again after `seconds` at the earliest."""
    session.execute(
        sa.update(DisclosureRequest)
        .where(DisclosureRequest.id == disclosure_id)
        .values(statement_key=None, statement=statement, seal_from=sql_now(seconds))
        .execution_options(synchronize_session=False)
    )
