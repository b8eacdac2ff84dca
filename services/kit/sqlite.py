"""SQLite as the embedded mode uses it: durable, with a write-ahead log, and without deleted data.

`db.new_engine` opens its connections here. Deleted rows are overwritten (`secure_delete`), yet their
bytes stay in the write-ahead log until that is truncated: code that deletes a key calls
`truncate_log_at_commit`, and a loop calls `truncate_log` in case a reader blocked that.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker

WAIT_SECONDS = 30
# The mark in a session's `info`.
EMPTIES_LOG = "empties_log"

log = structlog.get_logger()


def new_sqlite_engine(url: sa.URL) -> sa.Engine:
    """Return an engine for a ``sqlite://`` URL."""
    engine = sa.create_engine(url, connect_args={"timeout": WAIT_SECONDS})
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: sa.Connection) -> None:
    # A deferred transaction that starts to write late fails immediately instead of waiting.
    is_lookup = connection.get_execution_options().get("is_lookup", False)
    connection.exec_driver_sql("BEGIN DEFERRED" if is_lookup else "BEGIN IMMEDIATE")


def truncate_log_at_commit(session: Session) -> None:
    """Truncate the write-ahead log after this session's transaction; does nothing on other databases."""
    session.info[EMPTIES_LOG] = True


def listen_for_deletions(sessions: sessionmaker[Session]) -> None:
    """Make the sessions of this factory obey `truncate_log_at_commit`."""
    sa.event.listen(sessions, "after_transaction_end", _truncate_after_transaction)


def truncate_log(engine: sa.Engine) -> bool:
    """Return whether the write-ahead log is empty now, with all of it in the database; does not wait.

    It is not empty if a reader or a writer blocked that. True for other databases, which have no such log.
    """
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path or path == ":memory:":
        return True
    if not _is_filled(path):
        return True
    try:
        # A connection of its own: with a timeout of 0 it never makes writers wait while it waits for readers.
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous=FULL")
            [(is_busy, _, _)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError as error:
        log.info("log.not-emptied", reason=error.sqlite_errorname)
        return False
    return not is_busy


def _truncate_after_transaction(session: Session, transaction: SessionTransaction) -> None:
    # A savepoint ends inside the transaction that holds the log.
    if transaction.parent is None and session.info.pop(EMPTIES_LOG, False):
        truncate_log(session.get_bind())  # type: ignore[arg-type]  # sessions are made for engines


def _is_filled(path: str) -> bool:
    try:
        return Path(f"{path}-wal").stat().st_size > 0
    except FileNotFoundError:
        return False


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy opens transactions, not the driver.
    pragmas = (
        f"busy_timeout={WAIT_SECONDS * 1000}",
        "foreign_keys=ON",
        "synchronous=FULL",
        "secure_delete=ON",
    )
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
    _enable_write_ahead_log(connection)


def _enable_write_ahead_log(connection: Any) -> None:
    """Enable the write-ahead log of a SQLite database, for which SQLite itself does not wait.

    While another program writes to a database without one, as in two simultaneous migrations of a new
    database, SQLite reports immediately that it is locked, whatever the busy_timeout.
    """
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
