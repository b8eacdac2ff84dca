"""A restore as a service sees it: all rows of its database as they were at an earlier moment."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

Rows = Mapping[sa.Table, Sequence[Mapping[str, Any]]]


def save_rows(engine: sa.Engine, metadata: sa.MetaData) -> Rows:
    """Return every row of every table."""
    with engine.connect() as connection:
        return {
            table: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for table in metadata.sorted_tables
        }


def restore_rows(engine: sa.Engine, rows: Rows) -> None:
    """Replace the content of every table by the rows of an earlier moment."""
    with engine.begin() as connection:
        for table in reversed(rows):
            connection.execute(sa.delete(table))
        for table, saved in rows.items():
            if saved:
                connection.execute(sa.insert(table), list(saved))
