"""All rows of a service's database as plain values, and back: the same from SQLite and PostgreSQL.

Moments and days are ISO 8601, ids have hyphens, bytes are base64. Columns and types are the database's own,
not a model's, so that rows of an older release can be written to a newer schema and read from it.
"""

import base64
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

Rows = Mapping[str, Sequence[Mapping[str, Any]]]

OF_ALEMBIC = "alembic_version"
ID_LENGTH = 32  # how SQLite keeps an id, and no other text


def read_tables(connection: sa.Connection) -> Sequence[sa.Table]:
    """Return the tables, those first that others refer to. Partitions are left out."""
    metadata = sa.MetaData()
    metadata.reflect(connection)
    partitions = list_partitions(connection)
    for partition, table in partitions.items():
        # A row of the table is one of a partition, which may refer to others.
        metadata.tables[table].add_is_dependent_on(metadata.tables[partition])
    hidden = {OF_ALEMBIC, *partitions}
    return [table for table in metadata.sorted_tables if table.name not in hidden]


def list_partitions(connection: sa.Connection) -> Mapping[str, str]:
    """Return the tables that are partitions of others, by name."""
    if connection.dialect.name == "sqlite":
        return {}
    query = "SELECT inhrelid::regclass::text, inhparent::regclass::text FROM pg_inherits"
    tables = f"{query} JOIN pg_class ON oid = inhrelid WHERE relkind = 'r'"
    return {row[0]: row[1] for row in connection.execute(sa.text(tables))}


def read_rows(engine: sa.Engine) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table, in the order of its key."""
    contents = {}
    with engine.connect() as connection:
        for table in read_tables(connection):
            rows = connection.execute(sa.select(table).order_by(*table.primary_key or table.c)).mappings()
            contents[table.name] = [
                {column.name: _convert_to_plain(column, row[column.name]) for column in table.columns}
                for row in rows
            ]
    return contents


def write_rows(engine: sa.Engine, rows: Rows) -> None:
    """Put these rows in the place of all there are, by the columns they name and by no others.

    Tables that they do not name stay unchanged.
    """
    with engine.begin() as connection:
        tables = read_tables(connection)
        missing = rows.keys() - {table.name for table in tables}
        if missing:
            raise LookupError(f"no table {sorted(missing)}")
        for table in reversed(tables):
            if table.name in rows:
                connection.execute(sa.delete(table))
        for table in tables:
            if rows.get(table.name):
                _insert(connection, table, rows[table.name])


def _insert(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows in one statement, since they may refer to each other; the next key comes after them."""
    native = [{name: _convert_to_native(table.c[name], value) for name, value in row.items()} for row in rows]
    connection.execute(sa.insert(table).values(native))
    if connection.dialect.name == "postgresql" and "position" in table.c:
        sequence = sa.func.pg_get_serial_sequence(table.name, "position")
        last = sa.select(sa.func.max(table.c.position)).scalar_subquery()
        connection.execute(sa.select(sa.func.setval(sequence, last)))


def _convert_to_plain(column: sa.Column[Any], value: Any) -> Any:
    if _is_id(column) and value is not None:
        return str(uuid.UUID(str(value)))
    if isinstance(value, datetime):
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def _convert_to_native(column: sa.Column[Any], value: Any) -> Any:
    if value is None:
        # A JSON column would otherwise keep JSON's null.
        return sa.null()
    if _is_id(column):
        return uuid.UUID(value) if isinstance(column.type, sa.Uuid) else uuid.UUID(value).hex
    if isinstance(column.type, sa.DateTime):
        moment = datetime.fromisoformat(value)
        return moment if column.type.timezone else moment.replace(tzinfo=None)
    if isinstance(column.type, sa.Date):
        return date.fromisoformat(value)
    if isinstance(column.type, sa.LargeBinary):
        return base64.b64decode(value)
    return value


def _is_id(column: sa.Column[Any]) -> bool:
    kind = column.type
    return isinstance(kind, sa.Uuid) or (isinstance(kind, sa.CHAR) and kind.length == ID_LENGTH)
