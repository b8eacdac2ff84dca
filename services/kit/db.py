"""Engines, sessions, column types and migrations, alike on SQLite and PostgreSQL.

Every service has its own `DeclarativeBase` and its own database; it builds both with what is here.
"""

import uuid
from datetime import UTC, datetime
from enum import StrEnum
from importlib import resources
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.sql.functions import FunctionElement

Sessions = sessionmaker[Session]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# Any number that nobody else locks in a service's own database.
MIGRATION_LOCK = 1

# SQLite numbers rows by itself only for INTEGER keys.
BigKey = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class SchemaUnknown(Exception):
    """The database's schema is not the one this code was written for."""


class UtcDateTime(sa.TypeDecorator[datetime]):
    """A moment in UTC. SQLite drops time zones, so they are put on and taken off here."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


TYPES: dict[Any, Any] = {
    datetime: UtcDateTime(),
    dict[str, Any]: sa.JSON(),
    list[str]: sa.JSON(),
    uuid.UUID: sa.Uuid(),
}


class sql_now(FunctionElement[datetime]):  # noqa: N801 -- reads like the SQL function it stands for
    """The database's clock inside a statement, moved by whole seconds: ``sql_now(-60)``."""

    inherit_cache = True
    type = UtcDateTime()

    def __init__(self, seconds: int = 0) -> None:
        super().__init__(sa.literal(seconds, sa.Integer()))


@compiles(sql_now, "sqlite")
def _sqlite_now(element: Any, compiler: Any, **kw: Any) -> str:
    seconds = compiler.process(element.clauses, **kw)
    # Six digits of fraction, as SQLAlchemy writes its own values: text compares like time.
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {seconds} || ' seconds')"


@compiles(sql_now, "postgresql")
def _postgresql_now(element: Any, compiler: Any, **kw: Any) -> str:
    seconds = compiler.process(element.clauses, **kw)
    return f"(clock_timestamp() + make_interval(secs => {seconds}))"


def enumeration(values: type[StrEnum], *, length: int | None = None, name: str | None = None) -> sa.Enum:
    """A column type that keeps the values of an enumeration as text, held to them by a CHECK."""
    return sa.Enum(
        values,
        native_enum=False,
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
        **({} if length is None else {"length": length}),
        **({} if name is None else {"name": name}),
    )


def new_metadata() -> sa.MetaData:
    """Metadata whose constraints have the same names on every database."""
    return sa.MetaData(naming_convention=NAMING)


def new_engine(url: str) -> sa.Engine:
    """An engine for a ``sqlite:///`` or ``postgresql://`` (psycopg 3) URL."""
    if sa.make_url(url).get_backend_name() != "sqlite":
        return sa.create_engine(
            url, pool_pre_ping=True, pool_size=10, max_overflow=10, connect_args={"connect_timeout": 5}
        )
    engine = sa.create_engine(url, connect_args={"timeout": 30})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    # A deferred transaction that turns into a writer late fails at once instead of waiting.
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy opens transactions, not the driver.
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def new_sessions(engine: sa.Engine) -> Sessions:
    """Sessions whose objects stay readable after their transaction has ended."""
    return sessionmaker(engine, expire_on_commit=False)


def ping(engine: sa.Engine) -> None:
    """Raise what the driver raises when the database does not answer."""
    with engine.connect() as connection:
        connection.execute(sa.select(1))


def database_time(session: Session) -> datetime:
    """The moment by the database's clock, in UTC."""
    return session.scalars(sa.select(sql_now())).one()


def _alembic(package: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files(package) / "migrations"))
    return config


def migrate(engine: sa.Engine, package: str, revision: str = "head") -> None:
    """Bring the database of a service (``services.auth``) to a revision, up or down."""
    config = _alembic(package)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        current = MigrationContext.configure(connection).get_current_revision()
        connection.rollback()
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if current is not None and current not in known:
            raise SchemaUnknown(
                f"{package}: the database is at revision {current}, which this code does not know"
            )
        going_down = revision in known and current in known and revision != current
        ancestors = {
            script.revision
            for script in ScriptDirectory.from_config(config).iterate_revisions(current or "base", "base")
        }
        if revision == "base" or revision.startswith("-") or (going_down and revision in ancestors):
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)


def check_schema(engine: sa.Engine, package: str) -> None:
    """Raise SchemaUnknown unless the database stands at this code's newest revision."""
    head = ScriptDirectory.from_config(_alembic(package)).get_current_head()
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current != head:
        name = package.rpartition(".")[2]
        raise SchemaUnknown(
            f"{name}: the database is at revision {current or 'none'}, this code needs {head}; "
            f"run: flask --app services.{name}.app migrate"
        )


def run_migrations(metadata: sa.MetaData) -> None:
    """What every service's ``migrations/env.py`` does: migrate on the connection it was handed."""
    from alembic import context  # noqa: PLC0415 -- a proxy that exists only while Alembic runs env.py

    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        transaction_per_migration=False,
        # Alembic takes SQLite for a database that cannot undo DDL; with transactions of our own it can.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # Who migrates at the same time waits and finds it done; on SQLite BEGIN IMMEDIATE does it.
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        context.run_migrations()
    connection.commit()
