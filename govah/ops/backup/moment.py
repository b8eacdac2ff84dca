"""One moment of all four databases, while the system keeps working.

A consumer keeps a cursor of numbers that the source's database gives. Dumps of different moments could have a
cursor beyond its feed, and new events, numbered again from there, would be skipped. So no event is
numbered for some milliseconds, in which the snapshot of every database is taken.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg

# A service that refers to rows of another comes first, so that the rows it refers to are in the backup.
SERVICES = ("inquiry", "disclosure", "auth", "records")
LOCK_SECONDS = 30


@contextmanager
def sqlite_moment(paths: Mapping[str, Path]) -> Iterator[dict[str, sqlite3.Connection]]:
    """Yield connections that see their databases as of one moment, until they are closed."""
    with ExitStack() as readers:
        with ExitStack() as writers:
            for name in SERVICES:
                writer = writers.enter_context(closing(_open(paths[name])))
                writer.execute("BEGIN IMMEDIATE")
            connections = {name: readers.enter_context(closing(_open(paths[name]))) for name in SERVICES}
            for connection in connections.values():
                connection.execute("BEGIN")
                # A snapshot begins with the first read.
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield connections


def _open(path: Path) -> sqlite3.Connection:
    # By URI, so that a missing database is not created.
    return sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=LOCK_SECONDS, isolation_level=None)


@contextmanager
def postgresql_moment(url: str) -> Iterator[dict[str, str]]:
    """Yield the names of snapshots, one per database, for ``pg_dump --snapshot`` inside the block.

    `url` has ``{name}`` in the place of the database; its user must be able to lock the services' tables.
    """
    with ExitStack() as readers:
        with ExitStack() as numbers:
            for name in SERVICES:
                holder = numbers.enter_context(psycopg.connect(url.format(name=name), connect_timeout=10))
                holder.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
                holder.execute("LOCK TABLE feed_counter IN EXCLUSIVE MODE")
            snapshots = {}
            for name in SERVICES:
                reader = readers.enter_context(psycopg.connect(url.format(name=name), connect_timeout=10))
                reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                [snapshot] = reader.execute("SELECT pg_export_snapshot()").fetchone() or [None]
                snapshots[name] = str(snapshot)
        yield snapshots
