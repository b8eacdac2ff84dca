"""Databases of one test each, empty or with a service's schema, copied from templates that are migrated once.

Migrating costs more than most tests. A template is made when the first test of a service asks for it, once
for all workers of pytest-xdist, which share the run's room.
"""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


class PostgresqlTemplates:
    """PostgreSQL databases, empty or of services' schemas; `address` is a URL with a place for the name."""

    def __init__(self, server: psycopg.Connection, address: str, room: Path) -> None:
        self._server = server
        self._address = address
        self._room = room
        # The default strategy of 15 and later, made for busy servers, takes three times as long.
        with_strategy = server.info.server_version >= FIRST_WITH_STRATEGY
        self._create = sql.SQL(
            "CREATE DATABASE {} TEMPLATE {}" + (" STRATEGY FILE_COPY" if with_strategy else "")
        )

    @contextmanager
    def lend(self, package: str | None = None) -> Iterator[str]:
        """Lend the address of a new database with a package's schema, an empty one without a package."""
        name = f"test_{uuid.uuid4().hex}"
        self._copy(self._template_of(package) if package else "template0", name)
        yield self._address.format(name=name)
        self._server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _template_of(self, package: str) -> str:
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
