"""Changes of tables while others read and write them. Migrations use these, nothing else does."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

from services.kit.schema import LOCK_TIMEOUT_MILLISECONDS


def add_index(
    name: str, table: str, columns: list[str], where: str | None = None, using: str | None = None
) -> None:
    """Create an index of all rows, or those of `where`; on PostgreSQL concurrently, so that no query waits.

    `using` is PostgreSQL's method with its columns and parameters, where it is not a B-tree of `columns`.
    That happens outside of the migration's transaction: it must be the migration's only step. The remains of
    an index whose creation was interrupted are dropped first.
    """
    some = None if where is None else sa.text(where)
    if op.get_context().dialect.name != "postgresql":
        op.create_index(name, table, columns, sqlite_where=some)
        return
    with _concurrently():
        left = sa.text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
        valid = op.get_bind().execute(left, {"name": name}).scalar()
        if valid is False:
            op.drop_index(name, postgresql_concurrently=True)
        if valid:
            return
        if using:
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {table} USING {using}")
        else:
            op.create_index(name, table, columns, postgresql_where=some, postgresql_concurrently=True)


def drop_index(name: str, table: str) -> None:
    """Drop an index, if it exists; on PostgreSQL concurrently."""
    if op.get_context().dialect.name != "postgresql":
        op.drop_index(name, table)
        return
    with _concurrently():
        op.drop_index(name, postgresql_concurrently=True, if_exists=True)


@contextmanager
def _concurrently() -> Iterator[None]:
    """Leave the transaction, and wait for older ones without a timeout, since no query waits for this one."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        try:
            yield
        finally:
            op.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MILLISECONDS}")
