"""Snapshots of ready letters: which are to be sealed, and which are."""

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.disclosure.models import DisclosureRequest, Letter, RequestState
from services.kit.db import sql_now, sql_now_once


def is_unsealed() -> sa.ColumnElement[bool]:
    """Of a request: its letter is ready, its snapshot is in its row and may be sealed by now."""
    return sa.and_(
        DisclosureRequest.state == RequestState.READY,
        DisclosureRequest.statement_key.is_(None),
        DisclosureRequest.seal_from <= sql_now_once(),
    )


def unsealed_snapshots(session: Session, limit: int) -> Sequence[sa.Row[uuid.UUID, dict[str, Any], str]]:
    """Return id, snapshot and letter's object key of requests to seal, oldest first."""
    return session.execute(
        sa.select(DisclosureRequest.id, DisclosureRequest.statement, Letter.object_key)
        .join(Letter, Letter.disclosure_id == DisclosureRequest.id)
        .where(is_unsealed())
        .order_by(DisclosureRequest.seal_from)
        .limit(limit)
    ).all()


def find_snapshot(session: Session, disclosure_id: uuid.UUID) -> tuple[str | None, dict[str, Any]]:
    """Return the key of a request's sealed snapshot, and what its row holds, as they are at one moment."""
    key, statement = session.execute(
        sa.select(DisclosureRequest.statement_key, DisclosureRequest.statement).where(
            DisclosureRequest.id == disclosure_id
        )
    ).one()
    return key, statement


def mark_sealed(session: Session, disclosure_id: uuid.UUID, statement_key: str) -> None:
    """Name the object that holds a request's snapshot, and empty the row."""
    session.execute(
        sa.update(DisclosureRequest)
        .where(DisclosureRequest.id == disclosure_id, DisclosureRequest.statement_key.is_(None))
        .values(statement_key=statement_key, statement={})
        .execution_options(synchronize_session=False)
    )


def sealed_requests(session: Session, after: int, limit: int) -> Sequence[sa.Row[int, uuid.UUID]]:
    """Return position and id of requests whose snapshot is sealed, behind a position."""
    return session.execute(
        sa.select(DisclosureRequest.position, DisclosureRequest.id)
        .where(DisclosureRequest.position > after, DisclosureRequest.statement_key.is_not(None))
        .order_by(DisclosureRequest.position)
        .limit(limit)
    ).all()


def return_snapshot(session: Session, disclosure_id: uuid.UUID, statement: dict[str, Any], rest: int) -> None:
    """Put a snapshot back into its row, to be sealed again after so many seconds at the earliest."""
    session.execute(
        sa.update(DisclosureRequest)
        .where(DisclosureRequest.id == disclosure_id)
        .values(statement_key=None, statement=statement, seal_from=sql_now(rest))
        .execution_options(synchronize_session=False)
    )
