"""Bulk imports: claims and leases, the parts of their archives, and what came of their lists."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.kit.db import read_database_time, sql_now
from services.records.models import (
    BulkImport,
    ImportedList,
    ImportFinding,
    ImportPart,
    ImportStatus,
    ListOutcome,
)

_WAITING = (ImportStatus.QUEUED, ImportStatus.RUNNING)


def add_import(session: Session, added: BulkImport) -> None:
    """Insert an import."""
    session.add(added)
    session.flush()


def select_imports(status: ImportStatus | None = None) -> sa.Select[BulkImport]:
    """Return the query of imports, of one status or of all."""
    query = sa.select(BulkImport)
    return query if status is None else query.where(BulkImport.status == status)


def find_import(session: Session, import_id: uuid.UUID, *, lock: bool = False) -> BulkImport | None:
    """Return the import of that id, or None; locked until the transaction ends, if the caller wants it."""
    query = sa.select(BulkImport).where(BulkImport.id == import_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def find_part(session: Session, import_position: int, number: int) -> ImportPart | None:
    """Return a part that is stored, or None."""
    return session.get(ImportPart, (import_position, number))


def list_part_numbers(session: Session, import_position: int) -> Sequence[int]:
    """Return the numbers of the parts that are stored, in order."""
    return session.scalars(
        sa.select(ImportPart.number)
        .where(ImportPart.import_position == import_position)
        .order_by(ImportPart.number)
    ).all()


def count_parts(session: Session, import_positions: Collection[int]) -> Mapping[int, int]:
    """Return by import how many parts are stored; imports without any are left out."""
    counts = session.execute(
        sa.select(ImportPart.import_position, sa.func.count())
        .where(ImportPart.import_position.in_(import_positions))
        .group_by(ImportPart.import_position)
    )
    return {row[0]: row[1] for row in counts}


def list_part_keys(session: Session, import_position: int) -> Sequence[str]:
    """Return the keys of the parts that are stored."""
    return session.scalars(
        sa.select(ImportPart.object_key).where(ImportPart.import_position == import_position)
    ).all()


def claim_import(session: Session, import_id: uuid.UUID, lease: int) -> BulkImport | None:
    """Return an import claimed for `lease` seconds; None unless it waits or its last lease has expired."""
    return session.scalars(
        sa.update(BulkImport)
        .where(
            BulkImport.id == import_id,
            BulkImport.status.in_(_WAITING),
            BulkImport.claimable_at <= sql_now(),
        )
        .values(
            status=ImportStatus.RUNNING,
            attempt=BulkImport.attempt + 1,
            tries=BulkImport.tries + 1,
            claimable_at=sql_now(lease),
            nudge_at=sql_now(lease),
        )
        .returning(BulkImport)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).one_or_none()


def is_overdue() -> sa.ColumnElement[bool]:
    """Return the condition that an import can be claimed, and that its next message is due."""
    return sa.and_(
        BulkImport.status.in_(_WAITING),
        BulkImport.claimable_at <= sql_now(),
        BulkImport.nudge_at <= sql_now(),
    )


def find_overdue_imports(session: Session, limit: int) -> dict[uuid.UUID, str]:
    """Return the ids of overdue imports, oldest first, each with the correlation id of its call."""
    overdue = session.execute(
        sa.select(BulkImport.id, BulkImport.request_id)
        .where(is_overdue())
        .order_by(BulkImport.nudge_at)
        .limit(limit)
    ).all()
    return dict(overdue)


def postpone_nudges(session: Session, import_ids: Collection[uuid.UUID], seconds: int) -> None:
    """Postpone the next message of these imports, except of those that were claimed in the meantime."""
    session.execute(
        sa.update(BulkImport)
        .where(BulkImport.id.in_(import_ids), is_overdue())
        .values(nudge_at=sql_now(seconds))
        .execution_options(synchronize_session=False)
    )


def lock_abandoned(session: Session, older_than: timedelta, limit: int) -> Sequence[BulkImport]:
    """Return imports whose last part came that long ago, locked; another transaction's are left out."""
    newest = read_database_time(session) - older_than
    return session.scalars(
        sa.select(BulkImport)
        .where(BulkImport.status == ImportStatus.RECEIVING, BulkImport.claimable_at < newest)
        .order_by(BulkImport.claimable_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def add_findings(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert what officers should look at of several lists; all rows have all columns."""
    if rows:
        session.execute(sa.insert(ImportFinding), rows)


def select_findings(import_position: int, outcome: ListOutcome | None) -> sa.Select[ImportFinding]:
    """Return the query of an import's lists with findings, of one outcome or of all."""
    query = sa.select(ImportFinding).where(ImportFinding.import_position == import_position)
    return query if outcome is None else query.where(ImportFinding.outcome == outcome)


def fetch_lists(session: Session, list_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, ImportedList]:
    """Return the lists of these ids, by id."""
    if not list_ids:
        return {}
    lists = session.scalars(sa.select(ImportedList).where(ImportedList.id.in_(list_ids)))
    return {imported.id: imported for imported in lists}


class Backlog(NamedTuple):
    """The number of open imports by status, and the age in seconds of the oldest that waits for a worker."""

    by_status: Mapping[ImportStatus, int]
    oldest_seconds: float


def measure_backlog(session: Session) -> Backlog:
    """Return the backlog by the database's clock."""
    rows = session.execute(
        sa.select(BulkImport.status, sa.func.count(), sa.func.min(BulkImport.claimable_at))
        .where(BulkImport.status.in_([ImportStatus.RECEIVING, *_WAITING]))
        .group_by(BulkImport.status)
    ).all()
    now = read_database_time(session)
    waiting: list[datetime] = [oldest for status, _, oldest in rows if status in _WAITING]
    oldest = max((now - at).total_seconds() for at in waiting) if waiting else 0.0
    return Backlog({status: count for status, count, _ in rows}, max(oldest, 0.0))
