"""Migrations, and the check that this code runs on the schema of the database.

Every service's command `migrate`, its start and its ``migrations/env.py`` come here.
"""

import sys
import time
from collections.abc import Callable
from importlib import resources
from typing import cast

import sqlalchemy as sa
import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from click import ClickException
from sqlalchemy.exc import IntegrityError, OperationalError

from services.kit.postgresql import BoundedConnection

# Any number that nothing else locks in a service's own database.
MIGRATION_LOCK = 1
# A waiting lock request blocks all later ones on the table: give up soon, and retry for two minutes.
LOCK_TIMEOUT_MILLISECONDS = 500
LOCK_TRIES, LOCK_PAUSE_SECONDS = 40, 2.5
LOCK_NOT_AVAILABLE = "55P03"
# In a revision's id this stands before the oldest revision whose code runs on it as well.
SERVES = "_serves_"
# gunicorn ends at this exit status of a worker; after any other it restarts the worker indefinitely.
CANNOT_BOOT = 3

log = structlog.get_logger()


class SchemaUnknown(ClickException):
    """The database's schema is not one that this code runs on; a command ends with what it says."""


class SchemaBusy(ClickException):
    """A migration did not get the lock it needs on a table."""


def _new_alembic_config(package: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files(package) / "migrations"))
    return config


def migrate(engine: sa.Engine, package: str, revision: str = "head") -> None:
    """Bring the database of a service (``services.auth``) to a revision, up or down.

    On PostgreSQL every migration is a transaction of its own, on SQLite all are one. Raises SchemaUnknown,
    SchemaBusy.
    """
    config = _new_alembic_config(package)
    with engine.connect() as connection:
        try:
            _prepare_migration(connection)
            config.attributes["connection"] = connection
            _move_to_revision(config, package, revision, _read_revision(connection))
        finally:
            # Not lent again: the lock and the settings of this session go with it.
            connection.invalidate()


def _move_to_revision(config: Config, package: str, revision: str, current: str | None) -> None:
    script = ScriptDirectory.from_config(config)
    revisions = {script_revision.revision for script_revision in script.walk_revisions()}
    if current is not None and current not in revisions:
        head = script.get_current_head()
        if revision == "head" and _is_served_by(current, head):
            return
        raise _describe_unknown(package, current, head, newer=True)
    before = {older.revision for older in script.iterate_revisions(current or "base", "base")} - {current}
    down = revision == "base" or revision.startswith("-") or revision in before
    move = command.downgrade if down else command.upgrade
    _retry_while_locked(lambda: move(config, revision))


def _prepare_migration(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        # SQLite changes a table by a copy: dropping the old one must not delete the rows that refer to it.
        connection.connection.execute("PRAGMA foreign_keys=OFF")
        return
    # Creating an index on a large table takes long.
    cast("BoundedConnection", connection.connection.dbapi_connection).answer_within = None
    mine = sa.select(sa.func.pg_try_advisory_lock(MIGRATION_LOCK))
    # Short waits: an index that the other migration creates concurrently waits for the end of this
    # transaction.
    while not connection.scalars(mine).one():
        connection.rollback()
        time.sleep(0.2)
    connection.exec_driver_sql(f"SET lock_timeout = {LOCK_TIMEOUT_MILLISECONDS}")
    connection.commit()


def _retry_while_locked(step: Callable[[], None]) -> None:
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


def _read_revision(connection: sa.Connection) -> str | None:
    current = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    return current


def check_schema(engine: sa.Engine, package: str) -> None:
    """Raise SchemaUnknown unless this code runs on the database's revision.

    That is its own newest one, or a later one whose id says that this code runs on it, too.
    """
    script = ScriptDirectory.from_config(_new_alembic_config(package))
    head = script.get_current_head()
    with engine.connect() as connection:
        current = _read_revision(connection)
    newer = current not in {None, *(revision.revision for revision in script.walk_revisions())}
    if current != head and not (newer and _is_served_by(current, head)):
        raise _describe_unknown(package, current, head, newer=newer)


def require_schema(engine: sa.Engine, package: str) -> None:
    """Exit with the message of SchemaUnknown, without a traceback, if `check_schema` raises it."""
    try:
        check_schema(engine, package)
    except SchemaUnknown as unknown:
        sys.stderr.write(f"{unknown}\n")
        sys.exit(CANNOT_BOOT)


def _is_served_by(revision: str | None, head: str | None) -> bool:
    """Return whether a revision's id says that code whose newest revision is `head` runs on it, too."""
    _, _, oldest = (revision or "").partition(SERVES)
    return bool(oldest and head) and oldest <= str(head).partition(SERVES)[0]


def _describe_unknown(package: str, current: str | None, head: str | None, *, newer: bool) -> SchemaUnknown:
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
    """Migrate on the connection in Alembic's configuration; each service's ``migrations/env.py`` calls it."""
    from alembic import context  # noqa: PLC0415 -- a proxy that exists only while Alembic runs env.py

    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        # On SQLite, BEGIN IMMEDIATE around all of them excludes simultaneous migrations.
        transaction_per_migration=connection.dialect.name != "sqlite",
        # Alembic assumes that SQLite cannot roll back DDL; with our own transactions it can.
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
