"""Databases of one test each, empty or with a service's schema, copied from templates that are migrated once.

Migrating costs more than most tests. A template is made when the first test of a service asks for it, once in
each worker of pytest-xdist.
"""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from services.kit.db import new_engine
from services.kit.schema import migrate

FIRST_WITH_STRATEGY = 150000  # CREATE DATABASE … STRATEGY came with PostgreSQL 15


class SqliteTemplates:
    """SQLite databases of services' schemas; `directory` is this worker's own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def copy(self, package: str, target: Path) -> str:
        """Return the address of a new database at `target` with a package's schema (``services.auth``)."""
        template = self._directory / f"{package}.db"
        if not template.exists():
            engine = new_engine(f"sqlite:///{template}")
            migrate(engine, package)
            engine.dispose()
        shutil.copyfile(template, target)
        return f"sqlite:///{target}"


class PostgresqlTemplates:
    """PostgreSQL databases, empty or of services' schemas; `address` is a URL with a place for the name."""

    def __init__(self, server: psycopg.Connection, address: str) -> None:
        self._server = server
        self._address = address
        self._templates: dict[str | None, str] = {None: "template0"}
        # The default strategy of 15 and later, made for busy servers, takes three times as long.
        with_strategy = server.info.server_version >= FIRST_WITH_STRATEGY
        self._create = sql.SQL(
            "CREATE DATABASE {} TEMPLATE {}" + (" STRATEGY FILE_COPY" if with_strategy else "")
        )

    @contextmanager
    def lend(self, package: str | None = None) -> Iterator[str]:
        """Lend the address of a new database with a package's schema, an empty one without a package."""
        if package not in self._templates:
            self._templates[package] = self._new_template(str(package))
        name = self._new(f"test_{uuid.uuid4().hex}", self._templates[package])
        yield self._address.format(name=name)
        self._server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _new_template(self, package: str) -> str:
        name = self._new(f"template_{package.replace('.', '_')}_{os.getpid()}", "template0")
        engine = new_engine(self._address.format(name=name))
        migrate(engine, package)
        engine.dispose()
        return name

    def _new(self, name: str, template: str) -> str:
        self._server.execute(self._create.format(sql.Identifier(name), sql.Identifier(template)))
        return name
