"""Waking background loops when another process commits work for them (`notifications`).

A notification is a hint. One that is lost delays its work until the loop's next poll; without a connection
the loops poll as often as they would without notifications. LISTEN needs one server session for as long as it
lasts, so the address of a database must not lead to a pooler in transaction mode, such as PgBouncer's.
"""

import selectors
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

import psycopg
import sqlalchemy as sa
import structlog
from psycopg import sql

from services.kit.loops import Loop

# Seconds between looks at a SQLite database.
LOOK_INTERVAL = 0.1
# Seconds before the first attempt to listen again, and the longest between two.
FIRST_DELAY, LONGEST_DELAY = 0.5, 10.0
# Seconds of silence after which the server is asked whether it still takes writes.
CHECK_INTERVAL = 30.0

log = structlog.get_logger()


def new_database_listeners(
    engine: sa.Engine, loops: Sequence[Loop]
) -> Sequence[Callable[[threading.Event], None]]:
    """Return what `run_loops` runs beside these loops so that commits wake those that have a channel."""
    waiting = [loop for loop in loops if loop.channel]
    if not waiting:
        return []
    if engine.dialect.name == "postgresql":
        return [Listener(engine, waiting).listen]
    path = engine.url.database
    # A database in memory has one process, which is a test.
    return [SqliteWatcher(path, waiting).watch] if path and path != ":memory:" else []


class Listener:
    """One connection that listens for all channels of some loops, and connects again when it breaks."""

    def __init__(self, engine: sa.Engine, loops: Sequence[Loop]) -> None:
        self._engine = engine
        self._loops: Mapping[str, list[Loop]] = defaultdict(list)
        for loop in loops:
            self._loops[loop.channel].append(loop)

    def listen(self, stop: threading.Event) -> None:
        """Run until `stop` is set; meant for a daemon thread. Without a connection the loops poll."""
        delay = FIRST_DELAY
        while not stop.is_set():
            try:
                with closing(self._connect()) as connection:
                    delay = FIRST_DELAY
                    while not stop.is_set():
                        self._receive(connection)
            # A thread that ended here would leave loops waiting for what nobody hears.
            except Exception as error:  # noqa: BLE001
                log.warning("notifications.lost", reason=type(error).__name__)
            self._mark_heard(is_heard=False)
            stop.wait(delay)
            delay = min(LONGEST_DELAY, 2 * delay)

    def _connect(self) -> psycopg.Connection[Any]:
        # By the engine, which finds the server that takes writes and reads the password again. The pool gets
        # another one in its place.
        pooled = self._engine.raw_connection()
        connection = pooled.driver_connection
        pooled.detach()
        assert isinstance(connection, psycopg.Connection)
        try:
            connection.rollback()
            connection.autocommit = True
            for channel in self._loops:
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        except BaseException:
            connection.close()
            raise
        # What was committed before has notified nobody.
        self._mark_heard(is_heard=True)
        return connection

    def _receive(self, connection: psycopg.Connection[Any]) -> None:
        """Wait for notifications and wake their loops. Raises psycopg.Error if the connection is broken."""
        # psycopg's own wait looks ten times a second.
        with selectors.DefaultSelector() as selector:
            selector.register(connection.fileno(), selectors.EVENT_READ)
            if not selector.select(CHECK_INTERVAL):
                _require_writable(connection)
        for channel in {notification.channel for notification in connection.notifies(timeout=0)}:
            for loop in self._loops.get(channel, ()):
                loop.wake.set()

    def _mark_heard(self, *, is_heard: bool) -> None:
        for loops in self._loops.values():
            for loop in loops:
                if is_heard:
                    loop.is_heard.set()
                else:
                    loop.is_heard.clear()
                # So that it does not sleep through what nobody announced.
                loop.wake.set()


def _require_writable(connection: psycopg.Connection[Any]) -> None:
    """Raise psycopg.Error unless the server answers and is the one that takes writes."""
    [is_standby] = connection.execute("SELECT pg_is_in_recovery()").fetchone() or [True]
    if is_standby:
        raise psycopg.OperationalError("the server is a standby")


class SqliteWatcher:
    """Looks a few times a second whether another connection has committed anything to a database."""

    def __init__(self, path: str, loops: Sequence[Loop]) -> None:
        self._path, self._loops = path, loops

    def watch(self, stop: threading.Event) -> None:
        """Run until `stop` is set; meant for a daemon thread. After an error the loops poll."""
        while not stop.is_set():
            try:
                with closing(sqlite3.connect(self._path)) as connection:
                    self._watch_commits(connection, stop)
            except sqlite3.Error as error:
                log.warning("notifications.lost", reason=type(error).__name__)
                stop.wait(LONGEST_DELAY)

    def _watch_commits(self, connection: sqlite3.Connection, stop: threading.Event) -> None:
        seen = None
        while not stop.is_set():
            # https://www.sqlite.org/pragma.html#pragma_data_version
            [(version,)] = connection.execute("PRAGMA data_version")
            if version != seen:
                seen = version
                for loop in self._loops:
                    loop.wake.set()
            stop.wait(LOOK_INTERVAL)
