"""Databases of one test each, empty or with a service's schema, copied from templates that are migrated once.

Migrating costs more than most tests. A template is made when the first test of a service asks for it, once
for all workers of pytest-xdist, which share the run's room.
"""

import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString, Self

import psycopg
from psycopg import sql

from services.kit.db import new_engine
from services.kit.schema import migrate
from tests.servers import locked

FIRST_WITH_STRATEGY = 150000  # CREATE DATABASE … STRATEGY came with PostgreSQL 15


class SqliteTemplates:
    """SQLite databases of services' schemas; `room` is the run's."""

    def __init__(self, room: Path) -> None:
        self._room = room

    def copy(self, package: str, target: Path) -> str:
        """Return the address of a new database at `target` with a package's schema (``services.auth``)."""
        template = self._room / f"{package}.db"
        with locked(self._room / f"{package}.db.lock"):
            if not template.exists():
                # Another name until it is whole: a worker that was killed leaves half of one.
                unfinished = template.with_suffix(".unfinished")
                unfinished.unlink(missing_ok=True)
                migrate_at(f"sqlite:///{unfinished}", package)
                unfinished.rename(template)
        shutil.copyfile(template, target)
        return f"sqlite:///{target}"


def migrate_at(url: str, package: str) -> None:
    """Give an empty database the schema of a package."""
    engine = new_engine(url)
    migrate(engine, package)
    engine.dispose()


SCHEMA = """
SELECT md5(string_agg(line, chr(10) ORDER BY line)) FROM (
    SELECT concat_ws(' ', c.oid, c.relname, a.attname, a.atttypid, a.attnotnull, a.atthasdef, a.attisdropped)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.oid >= 16384 AND a.attnum > 0 AND c.relkind IN ('r', 'p', 'v', 'S') AND c.oid NOT IN (PARTITIONS)
    UNION ALL SELECT concat_ws(' ', oid, conname) FROM pg_constraint
    WHERE oid >= 16384 AND conrelid NOT IN (PARTITIONS)
    UNION ALL SELECT concat_ws(' ', oid, tgname) FROM pg_trigger WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', oid, proname) FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', indexrelid, indisvalid) FROM pg_index
    WHERE indexrelid >= 16384 AND indrelid NOT IN (PARTITIONS)
    AND indrelid NOT IN (SELECT reltoastrelid FROM pg_class WHERE oid IN (PARTITIONS))
) AS schema (line)
""".replace("PARTITIONS", "SELECT inhrelid FROM pg_inherits")
TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
"""
# A table with more bytes is truncated, which costs the same for any number of rows, and milliseconds.
FEW_BYTES = 256 * 1024
SEQUENCES = "SELECT sequencename, last_value, start_value FROM pg_sequences WHERE schemaname = 'public'"


@dataclass(frozen=True)
class Content:
    """What migrations left in a PostgreSQL database: its schema, its rows, and where sequences stand.

    Partitions come with the imports of their years, and are not part of it.
    """

    schema: str
    rows: Mapping[str, bytes]
    sequences: Sequence[tuple[str, int, bool]]

    @classmethod
    def read(cls, connection: psycopg.Connection) -> Self:
        """Return the content of a database."""
        rows = {}
        for [table] in connection.execute(TABLES).fetchall():
            copy = sql.SQL("COPY (SELECT * FROM {}) TO STDOUT").format(sql.Identifier(table))
            with connection.cursor().copy(copy) as lines:
                rows[table] = b"".join(map(bytes, lines))
        sequences = [
            (name, last or start, last is not None)
            for name, last, start in connection.execute(SEQUENCES).fetchall()
        ]
        return cls(fetch_one(connection, SCHEMA), rows, sequences)

    def try_restore(self, connection: psycopg.Connection) -> bool:
        """Write rows and sequences again. Return False if the schema is another one."""
        if fetch_one(connection, SCHEMA) != self.schema:
            return False
        with connection.transaction():
            self._delete_rows(connection)
            for table, lines in self.rows.items():
                if lines:
                    copy = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))
                    with connection.cursor().copy(copy) as target:
                        target.write(lines)
            for name, value, is_called in self.sequences:
                connection.execute(
                    "SELECT setval(quote_ident(%s)::regclass, %s, %s)", [name, value, is_called]
                )
        return True

    def _delete_rows(self, connection: psycopg.Connection) -> None:
        size = (
            "coalesce((SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree({name}::regclass)), "
            "pg_relation_size({name}::regclass))"
        )
        is_filled = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {name}, " + size + " > {few} WHERE EXISTS (SELECT FROM {table})").format(
                name=sql.Literal(table), few=FEW_BYTES, table=sql.Identifier(table)
            )
            for table in self.rows
        )
        filled = connection.execute(is_filled).fetchall()
        if large := [sql.Identifier(table) for table, is_large in filled if is_large]:
            connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(large)))
        # No order of tables, and no trigger, stands in the way.
        connection.execute("SET LOCAL session_replication_role = replica")
        for table, _ in filled:
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))


def fetch_one(connection: psycopg.Connection, query: LiteralString) -> Any:
    """Return the one value of a query."""
    [value] = connection.execute(query).fetchone() or [None]
    return value


class PostgresqlTemplates:
    """PostgreSQL databases, empty or of services' schemas; `address` is a URL with a place for the name."""

    def __init__(self, server: psycopg.Connection, address: str, room: Path) -> None:
        self._server = server
        self._address = address
        self._room = room
        self._idle: dict[str | None, list[str]] = {}
        self._first: dict[str, Content] = {}
        # The default strategy of 15 and later, made for busy servers, takes three times as long.
        with_strategy = server.info.server_version >= FIRST_WITH_STRATEGY
        self._create = sql.SQL(
            "CREATE DATABASE {} TEMPLATE {}" + (" STRATEGY FILE_COPY" if with_strategy else "")
        )

    @contextmanager
    def lend(self, package: str | None = None) -> Iterator[str]:
        """Lend the address of a database with a package's schema, an empty one without a package.

        One that was given back is lent again, as it was at first, unless a test changed its schema.
        """
        idle = self._idle.setdefault(package, [])
        name = idle.pop() if idle else self._new(package)
        yield self._address.format(name=name)
        if package and self._try_reset(name):
            idle.append(name)
        else:
            self._server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            self._first.pop(name, None)

    def _new(self, package: str | None) -> str:
        name = f"test_{uuid.uuid4().hex}"
        self._copy(self._ensure_template(package) if package else "template0", name)
        if package:
            with psycopg.connect(self._address.format(name=name), autocommit=True) as connection:
                self._first[name] = Content.read(connection)
        return name

    def _try_reset(self, name: str) -> bool:
        """Restore a database's first content. Return False if its schema has changed."""
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        self._server.execute(end, [name])
        with psycopg.connect(self._address.format(name=name), autocommit=True) as connection:
            return self._first[name].try_restore(connection)

    def _ensure_template(self, package: str) -> str:
        name, made = f"template_{package.replace('.', '_')}", self._room / f"{package}.postgresql"
        with locked(self._room / f"{package}.postgresql.lock"):
            if not made.exists():
                self._server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
                self._copy("template0", name)
                migrate_at(self._address.format(name=name), package)
                made.touch()
        return name

    def _copy(self, template: str, name: str) -> None:
        self._server.execute(self._create.format(sql.Identifier(name), sql.Identifier(template)))
