"""Engines, sessions, column types and migrations, alike on SQLite and PostgreSQL.

Every service has its own `DeclarativeBase` and its own database; it builds both with what is here.
"""

import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from importlib import resources
from typing import Any, cast

import sqlalchemy as sa
import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from click import ClickException
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session, sessionmaker
from sqlalchemy.sql.functions import FunctionElement

from services.kit import tracing
from services.kit.postgresql import BoundedConnection, bounded_engine

Sessions = sessionmaker[Session]

log = structlog.get_logger()

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# Any number that nobody else locks in a service's own database.
MIGRATION_LOCK = 1
# Whoever waits for a table makes all who come later wait behind: give up soon, try again for two minutes.
LOCK_TIMEOUT_MILLISECONDS = 500
LOCK_TRIES, LOCK_PAUSE_SECONDS = 40, 2.5
LOCK_NOT_AVAILABLE = "55P03"
# In a revision's id this stands before the oldest revision whose code runs on it as well.
SERVES = "_serves_"
# gunicorn ends at this exit status of a worker; after any other it starts the worker again for ever.
CANNOT_BOOT = 3

# SQLite numbers rows by itself only for INTEGER keys.
BigKey = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class SchemaUnknown(ClickException):
    """The database's schema is not one that this code runs on; a command ends with what it says."""


class SchemaBusy(ClickException):
    """A migration did not get the lock it needs on a table."""


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


def sql_now_once(seconds: int = 0) -> sa.ScalarSelect[datetime]:
    """`sql_now`, once a statement; in a condition PostgreSQL would ask it for every row and use no index.

    Let the rows be ordered by what is compared: how many there are cannot be estimated.
    """
    return sa.select(sql_now(seconds)).scalar_subquery()


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
    parts = sa.make_url(url)
    engine = _sqlite_engine(parts) if parts.get_backend_name() == "sqlite" else bounded_engine(parts)
    tracing.follow_statements(engine)
    return engine


def _sqlite_engine(url: sa.URL) -> sa.Engine:
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


def is_any(sessions: Sessions, condition: sa.ColumnElement[bool], by: InstrumentedAttribute[Any]) -> bool:
    """Whether a table has a row of that condition, for loops that look often and mostly find none.

    `by` is the column whose index finds it: PostgreSQL cannot tell how few rows are due, and would read the
    table. There it is one statement outside of any transaction, half of what a session would cost.
    """
    engine: sa.Engine = sessions.kw["bind"]
    # SQLite's driver must stay as `_prepare_sqlite` left it.
    outside = {"isolation_level": "AUTOCOMMIT"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**outside) as connection:
        found = connection.scalar(sa.select(sa.literal_column("1")).where(condition).order_by(by).limit(1))
    return found is not None


def database_time(session: Session) -> datetime:
    """The moment by the database's clock, in UTC."""
    return session.scalars(sa.select(sql_now())).one()


def _alembic(package: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files(package) / "migrations"))
    return config


def migrate(engine: sa.Engine, package: str, revision: str = "head") -> None:
    """Bring the database of a service (``services.auth``) to a revision, up or down.

    On PostgreSQL every migration is a transaction of its own, on SQLite all are one. Raises SchemaUnknown,
    SchemaBusy.
    """
    config = _alembic(package)
    with engine.connect() as connection:
        try:
            _prepare_migration(connection)
            config.attributes["connection"] = connection
            _move(config, package, revision, _current_revision(connection))
        finally:
            # Not lent again: the lock and the settings of this session go with it.
            connection.invalidate()


def _move(config: Config, package: str, revision: str, current: str | None) -> None:
    script = ScriptDirectory.from_config(config)
    known = {known.revision for known in script.walk_revisions()}
    if current is not None and current not in known:
        head = script.get_current_head()
        if revision == "head" and _serves(current, head):
            return
        raise _unknown(package, current, head, newer=True)
    before = {older.revision for older in script.iterate_revisions(current or "base", "base")} - {current}
    down = revision == "base" or revision.startswith("-") or revision in before
    move = command.downgrade if down else command.upgrade
    _patiently(lambda: move(config, revision))


def _prepare_migration(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        # SQLite changes a table by making it anew: its rows must not take those with them that refer to it.
        connection.connection.execute("PRAGMA foreign_keys=OFF")
        return
    # An index on a large table takes its time.
    cast("BoundedConnection", connection.connection.dbapi_connection).answer_within = None
    mine = sa.select(sa.func.pg_try_advisory_lock(MIGRATION_LOCK))
    # Not one long wait: an index that the other makes concurrently would wait for this transaction's end.
    while not connection.scalars(mine).one():
        connection.rollback()
        time.sleep(0.2)
    connection.exec_driver_sql(f"SET lock_timeout = {LOCK_TIMEOUT_MILLISECONDS}")
    connection.commit()


def _patiently(step: Callable[[], None]) -> None:
    for _ in range(LOCK_TRIES):
        try:
            step()
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            log.warning("migration.waits", seconds=LOCK_PAUSE_SECONDS)
            time.sleep(LOCK_PAUSE_SECONDS)
        else:
            return
    raise SchemaBusy(
        "جدولی که باید تغییر کند در دست تراکنشی طولانی است (پشتیبان‌گیری؟). پس از پایان آن دوباره اجرا کنید.\n"
        "A table that must change is held by a long transaction (a backup?). Run this again after it."
    )


def _current_revision(connection: sa.Connection) -> str | None:
    current = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    return current


def check_schema(engine: sa.Engine, package: str) -> None:
    """Raise SchemaUnknown unless this code runs on the database's revision.

    That is its own newest one, or a later one that says of itself that it serves this code too.
    """
    script = ScriptDirectory.from_config(_alembic(package))
    head = script.get_current_head()
    with engine.connect() as connection:
        current = _current_revision(connection)
    newer = current not in {None, *(known.revision for known in script.walk_revisions())}
    if current != head and not (newer and _serves(current, head)):
        raise _unknown(package, current, head, newer=newer)


def demand_schema(engine: sa.Engine, package: str) -> None:
    """End this program with what SchemaUnknown says, without a traceback, where `check_schema` raises it."""
    try:
        check_schema(engine, package)
    except SchemaUnknown as unknown:
        sys.stderr.write(f"{unknown}\n")
        sys.exit(CANNOT_BOOT)


def _serves(revision: str | None, head: str | None) -> bool:
    """Whether a revision says in its id that code whose newest revision is `head` runs on it too."""
    _, _, oldest = (revision or "").partition(SERVES)
    return bool(oldest and head) and oldest <= str(head).partition(SERVES)[0]


def _unknown(package: str, current: str | None, head: str | None, *, newer: bool) -> SchemaUnknown:
    name = package.rpartition(".")[2]
    run = f"flask --app services.{name}.app migrate"
    stands = f"{name}: پایگاه داده در نسخه {current or 'none'} است", f"{name}: the database is at revision"
    if newer:
        return SchemaUnknown(
            f"{stands[0]} که این برنامه ({head}) نمی‌شناسد. برنامه تازه‌تر را اجرا کنید، یا با همان یک گام"
            f" برگردید: {run} --down\n"
            f"{stands[1]} {current}, which this code ({head}) does not know. Start the newer version, or go"
            f" back one step with it: {run} --down"
        )
    return SchemaUnknown(
        f"{stands[0]} و این برنامه {head} می‌خواهد. اجرا کنید: {run}\n"
        f"{stands[1]} {current or 'none'}, this code needs {head}; run: {run}"
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
        # On SQLite, BEGIN IMMEDIATE around all of them keeps out whoever migrates at the same time.
        transaction_per_migration=connection.dialect.name != "sqlite",
        # Alembic takes SQLite for a database that cannot undo DDL; with transactions of our own it can.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if (
            connection.dialect.name == "sqlite"
            and connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        ):
            raise IntegrityError("PRAGMA foreign_key_check", None, ValueError("a row refers to none"))
    connection.commit()
