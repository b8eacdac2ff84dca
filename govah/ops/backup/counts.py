"""How many rows each table has: noted in a backup at its moment, and compared by a restore drill."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from govah.ops.backup.folder import BackupFailed

Counts = Mapping[str, Mapping[str, int]]
FACT = "rows"
# One statement, so that psql counts all tables of a snapshot.
COUNT_SQL = (
    "SELECT table_name || ' ' || (xpath('/row/c/text()', query_to_xml("
    "format('SELECT count(*) AS c FROM public.%I', table_name), false, true, '')))[1]::text "
    "FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1"
)


def parse_counts(text: str) -> dict[str, int]:
    """Return the counts that psql prints for `COUNT_SQL`."""
    return {name: int(count) for name, count in (line.split() for line in text.splitlines() if line)}


def count_sqlite(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the number of rows of each table that a connection sees."""
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    names = [name for (name,) in connection.execute(tables)]
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608


def count_sqlite_file(path: Path) -> dict[str, int]:
    """Return the number of rows of each table of a database file."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return count_sqlite(connection)


def read_counts(facts: Mapping[str, Any]) -> Counts:
    """Return the numbers of rows that a backup notes. Raises BackupFailed without any."""
    if FACT not in facts:
        raise BackupFailed("this backup notes no numbers of rows; make another one")
    counts: Counts = facts[FACT]
    return counts


def compare_counts(noted: Counts, restored: Counts) -> int:
    """Return how many rows were compared. Raises BackupFailed with every table that differs."""
    differences = [
        f"{name}.{table}: {counts.get(table)} rows in the backup, "
        f"{restored.get(name, {}).get(table)} restored"
        for name, counts in noted.items()
        for table in sorted(counts.keys() | restored.get(name, {}).keys())
        if counts.get(table) != restored.get(name, {}).get(table)
    ]
    if differences:
        raise BackupFailed("the drill failed:\n" + "\n".join(differences))
    return sum(sum(counts.values()) for counts in noted.values())
