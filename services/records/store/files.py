"""Rows of stored objects. The objects themselves are in the object store."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.kit.db import read_database_time, sql_now
from services.records.models import StoredObject
from services.records.store.upserts import build_insert


def add_objects(session: Session, objects: Mapping[str, tuple[str, int]]) -> None:
    """Insert rows of objects that will be written, by key, each with the SHA-256 and size of its content."""
    session.add_all(
        StoredObject(key=key, sha256=sha256, size=size) for key, (sha256, size) in objects.items()
    )


def ensure_object(session: Session, key: str, sha256: str, size: int) -> None:
    """Insert the row of an object that will be written; if there is one, its age begins again."""
    insert = build_insert(session, StoredObject).values(key=key, sha256=sha256, size=size)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[StoredObject.key],
            set_={"sha256": sha256, "size": size, "stored_at": sql_now()},
            where=~StoredObject.is_kept,
        )
    )


def set_content(session: Session, key: str, sha256: str, size: int) -> None:
    """Set the SHA-256 and size of the object that was written, unless a row names it already.

    Another call may have announced other bytes under the key meanwhile, and was too late to write them.
    """
    session.execute(
        sa.update(StoredObject)
        .where(StoredObject.key == key, ~StoredObject.is_kept)
        .values(sha256=sha256, size=size)
    )


def set_kept(session: Session, keys: Collection[str], *, is_kept: bool) -> int:
    """Return how many of these objects there are, after marking them as kept or not."""
    result = session.execute(
        sa.update(StoredObject).where(StoredObject.key.in_(keys)).values(is_kept=is_kept)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]  # an UPDATE has one


def list_unkept(session: Session, older_than: timedelta, limit: int) -> Sequence[str]:
    """Return the keys of objects that nothing names and that are older than that, oldest first."""
    newest = read_database_time(session) - older_than
    return session.scalars(
        sa.select(StoredObject.key)
        .where(~StoredObject.is_kept, StoredObject.stored_at < newest)
        .order_by(StoredObject.stored_at)
        .limit(limit)
    ).all()


def delete_unkept(session: Session, keys: Collection[str]) -> None:
    """Delete the rows of removed objects, unless something names them by now."""
    session.execute(sa.delete(StoredObject).where(StoredObject.key.in_(keys), ~StoredObject.is_kept))
