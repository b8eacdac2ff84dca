"""Rows of records that have been stored long enough: accesses, papers of objections, files of lists."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.kit.db import read_database_time
from services.records.models import (
    Access,
    Attachment,
    BulkImport,
    ImportedList,
    ImportPart,
    ListVersion,
    Objection,
    RetentionProgress,
)

FILES_OF_LISTS = "files-of-lists"
PAPERS = "papers-of-objections"
# As in the index `ix_objections_ended_at`.
_ENDED_AT = sa.func.coalesce(Objection.decided_at, Objection.withdrawn_at)


def delete_old_accesses(session: Session, days: int, limit: int) -> int:
    """Return how many accesses were deleted that are older than that, the oldest first."""
    positions = session.scalars(
        sa.select(Access.position)
        .where(Access.at < _find_limit(session, days))
        .order_by(Access.at)
        .limit(limit)
    ).all()
    gone = session.execute(sa.delete(Access).where(Access.position.in_(positions)))
    return cast("sa.CursorResult[Any]", gone).rowcount


def count_old_accesses(session: Session, days: int, limit: int) -> int:
    """Return how many accesses are older than that, at most `limit`."""
    return _count(session, sa.select(Access.position).where(Access.at < _find_limit(session, days)), limit)


def take_old_attachments(session: Session, days: int, limit: int) -> Sequence[str]:
    """Return the keys of papers whose objection ended before that; their rows are deleted now.

    A mark stores how far this is, so that no step reads the objections of former steps again.
    """
    mark, newest = _lock_mark(session, PAPERS), _find_limit(session, days)
    rows = session.execute(select_old_attachments(newest, mark.done_until).limit(limit)).all()
    session.execute(sa.delete(Attachment).where(Attachment.position.in_([row.position for row in rows])))
    # Objections of one moment may be in two batches; without a whole one, none before that has papers.
    mark.done_until = rows[-1].ended_at if len(rows) == limit else max(newest, mark.done_until or newest)
    return [row.object_key for row in rows]


def count_old_attachments(session: Session, days: int, limit: int) -> int:
    """Return how many papers are of objections that ended before that, at most `limit`."""
    mark = session.get(RetentionProgress, PAPERS)
    since = mark.done_until if mark else None
    return _count(session, select_old_attachments(_find_limit(session, days), since), limit)


def select_old_attachments(before: datetime, since: datetime | None) -> sa.Select[int, str, datetime]:
    """Return the query of papers whose objection ended in that time, in order of its end."""
    newer = [] if since is None else [since <= _ENDED_AT]
    return (
        sa.select(Attachment.position, Attachment.object_key, _ENDED_AT.label("ended_at"))
        .join(Objection, Objection.position == Attachment.objection_position)
        .where(before > _ENDED_AT, *newer)
        .order_by(_ENDED_AT, Attachment.position)
    )


def take_old_list_files(session: Session, days: int, limit: int) -> tuple[int, Sequence[str]]:
    """Return how many lists the next batch has, and the keys of their files, which no list names now.

    A mark stores how far this is, so that no step reads the lists of former steps again. A replaced list has
    a new time, so it comes again with its new files.
    """
    mark = _lock_mark(session, FILES_OF_LISTS)
    rows = session.execute(_select_old_files(session, days, mark.done_until).limit(limit)).all()
    if rows:
        positions = [row.position for row in rows]
        session.execute(
            sa.update(ImportedList)
            .where(ImportedList.position.in_(positions))
            .values(header_object=None, workers_object=None)
            .execution_options(synchronize_session=False)
        )
        mark.done_until = rows[-1].imported_at
    return len(rows), [key for row in rows for key in (row.header_object, row.workers_object)]


def count_old_list_files(session: Session, days: int, limit: int) -> int:
    """Return how many lists have files that are older than that, at most `limit`."""
    mark = session.get(RetentionProgress, FILES_OF_LISTS)
    return _count(session, _select_old_files(session, days, mark.done_until if mark else None), limit)


def _select_old_files(
    session: Session, days: int, since: datetime | None
) -> sa.Select[int, datetime, str | None, str | None]:
    # Lists of one moment may be in two batches, so the last moment is looked at again.
    newer = [] if since is None else [ImportedList.imported_at >= since]
    return (
        sa.select(
            ImportedList.position,
            ImportedList.imported_at,
            ImportedList.header_object,
            ImportedList.workers_object,
        )
        .where(ImportedList.imported_at < _find_limit(session, days), *newer)
        .where(ImportedList.header_object.is_not(None), ImportedList.workers_object.is_not(None))
        .order_by(ImportedList.imported_at)
    )


def take_old_version_files(session: Session, days: int, limit: int) -> Sequence[str]:
    """Return the keys of the files of former versions that are older than that; no version names them now."""
    rows = session.execute(
        sa.select(ListVersion.position, ListVersion.header_object, ListVersion.workers_object)
        .where(ListVersion.imported_at < _find_limit(session, days), ListVersion.header_object.is_not(None))
        .order_by(ListVersion.position)
        .limit(limit)
    ).all()
    session.execute(
        sa.update(ListVersion)
        .where(ListVersion.position.in_([row.position for row in rows]))
        .values(header_object=None, workers_object=None)
        .execution_options(synchronize_session=False)
    )
    return [key for row in rows for key in (row.header_object, row.workers_object) if key]


def take_old_archive_parts(session: Session, days: int, limit: int) -> Sequence[str]:
    """Return the keys of parts of archives whose import ended before that; their rows are deleted now."""
    rows = session.execute(
        sa.select(ImportPart.import_position, ImportPart.number, ImportPart.object_key)
        .join(BulkImport, BulkImport.position == ImportPart.import_position)
        .where(BulkImport.ended_at < _find_limit(session, days))
        .order_by(ImportPart.import_position, ImportPart.number)
        .limit(limit)
    ).all()
    for row in rows:
        session.execute(
            sa.delete(ImportPart).where(
                ImportPart.import_position == row.import_position, ImportPart.number == row.number
            )
        )
    return [row.object_key for row in rows]


def _lock_mark(session: Session, name: str) -> RetentionProgress:
    """Return how far the housekeeping is, locked until the transaction ends; it is added if it is missing."""
    mark = session.get(RetentionProgress, name, with_for_update=True)
    if mark is None:
        mark = RetentionProgress(name=name, done_until=None)
        session.add(mark)
    return mark


def _count(session: Session, query: sa.Select[*tuple[Any, ...]], limit: int) -> int:
    some = query.order_by(None).limit(limit).subquery()
    return session.scalars(sa.select(sa.func.count()).select_from(some)).one()


def _find_limit(session: Session, days: int) -> datetime:
    return read_database_time(session) - timedelta(days=days)
