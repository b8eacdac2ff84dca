"""SQLite as the embedded mode uses it: durable, with a write-ahead log, and without what was deleted.

`db.new_engine` opens its connections here. Rows that are deleted are overwritten in the database
(`secure_delete`), but their bytes stay in the write-ahead log until that is emptied: whatever deletes a key
calls `empty_log_at_commit`, and a loop calls `empty_log` for the times at which a reader was in the way.
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
    """An engine for a ``sqlite://`` URL."""
    engine = sa.create_engine(url, connect_args={"timeout": WAIT_SECONDS})
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: sa.Connection) -> None:
    # A deferred transaction that turns into a writer late fails at once instead of waiting.
    is_lookup = connection.get_execution_options().get("is_lookup", False)
    connection.exec_driver_sql("BEGIN DEFERRED" if is_lookup else "BEGIN IMMEDIATE")


def empty_log_at_commit(session: Session) -> None:
    """Empty the write-ahead log when this session's transaction has ended; nothing on other databases."""
    session.info[EMPTIES_LOG] = True


def listen_for_deletions(sessions: sessionmaker[Session]) -> None:
    """Let the sessions of this factory heed `empty_log_at_commit`."""
    sa.event.listen(sessions, "after_transaction_end", _end_transaction)


def empty_log(engine: sa.Engine) -> bool:
    """Return whether the write-ahead log is empty now, with all of it in the database; waits for nobody.

    It is not where a reader or a writer was in the way. True for other databases, which have no such log.
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


def _end_transaction(session: Session, transaction: SessionTransaction) -> None:
    # A savepoint ends inside the transaction that holds the log.
    if transaction.parent is None and session.info.pop(EMPTIES_LOG, False):
        empty_log(session.get_bind())  # type: ignore[arg-type]  # sessions are made for engines


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
    """Give a SQLite database its write-ahead log, for which SQLite itself does not wait.

    Where another program writes in a database that has none yet, two who migrate a new one at once,
    SQLite says at once that it is locked, whatever the busy_timeout.
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
