"""The partitions of contributions, one for each Jalali year, on PostgreSQL; SQLite has one table.

An import needs the partition of its year. An open year has a small unique index by person. A closed year has
one that contains all that a statement shows, so that a statement reads no page of the table.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

# In the index of a closed year: what a statement shows, in an order that needs little padding.
_KEY = "person_position, list_position, month"
_INCLUDED = "row, workshop_position, wage, days, list_number, job_title"
# Any number that nothing else locks in the database of records.
_LOCK = 2
_known_years: WeakKeyDictionary[sa.Engine, set[int]] = WeakKeyDictionary()


class Year(NamedTuple):
    """A partition: its year, the estimated number of its rows, its bytes, and whether it is closed."""

    year: int
    rows: int
    size: int
    is_closed: bool


def ensure_year(session: Session, year: int) -> None:
    """Make the partition of a year, in a transaction of its own, unless there is one."""
    engine = session.get_bind().engine
    if engine.dialect.name != "postgresql" or year in _known_years.setdefault(engine, set()):
        return
    name, first, end = f"contributions_{year:d}", year * 100, (year + 1) * 100
    with engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        made = sa.text("SELECT 1 FROM pg_inherits WHERE inhrelid = to_regclass(:name)")
        if connection.execute(made, {"name": name}).first() is None:
            # Attached when it is made: a partition that is created as such would lock the whole table.
            for statement in (
                f"CREATE TABLE {name} (LIKE contributions INCLUDING DEFAULTS INCLUDING CONSTRAINTS)",
                f"CREATE UNIQUE INDEX {name}_key ON {name} (person_position, list_position)",
                f"ALTER TABLE contributions ATTACH PARTITION {name} FOR VALUES FROM ({first}) TO ({end})",
            ):
                connection.exec_driver_sql(statement)
    _known_years[engine].add(year)


def list_years(connection: sa.Connection) -> Sequence[Year]:
    """Return the years that have a partition, in order; none on SQLite."""
    if connection.dialect.name != "postgresql":
        return []
    rows = connection.exec_driver_sql(
        "SELECT substr(c.relname, 15)::int, greatest(c.reltuples, 0)::bigint, pg_total_relation_size(c.oid),"
        " EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(c.relname || '_cover') AND indisvalid)"
        " FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid"
        " WHERE inhparent = 'contributions'::regclass AND c.relname <> 'contributions_before' ORDER BY 1"
    )
    return [Year(*row) for row in rows]


def close_year(connection: sa.Connection, year: int) -> None:
    """Give a year its covering index instead of the small one, while others read and write the year.

    The connection commits each statement. A late list is written as before; closing the year again makes
    its pages readable from the index.
    """
    name = f"contributions_{year:d}"
    left = sa.text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
    is_valid = connection.execute(left, {"name": f"{name}_cover"}).scalar()
    if is_valid is False:
        # What a creation that was interrupted has left.
        connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY {name}_cover")
    if not is_valid:
        connection.exec_driver_sql(
            f"CREATE UNIQUE INDEX CONCURRENTLY {name}_cover ON {name} ({_KEY}) INCLUDE ({_INCLUDED})"
            # Another in each year: else the months of the same people would lie on two pages in every year.
            f" WITH (fillfactor = {100 - year % 10:d})"
        )
    connection.exec_driver_sql(f"VACUUM (FREEZE, ANALYZE) {name}")
    connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY IF EXISTS {name}_key")


def is_any_unmoved(session: Session) -> bool:
    """Return whether rows of older code are still outside of their years."""
    query = sa.text("SELECT EXISTS (SELECT 1 FROM contributions WHERE month = 0)")
    return bool(session.scalar(query))


def move_rows(session: Session, limit: int) -> int:
    """Return how many rows of older code were moved to the partitions of their years.

    Their lists and people are locked as an import's foreign keys lock them: a replacement, a withdrawal or a
    merger, also by older code, waits for the move or is over before it.
    """
    if session.get_bind().dialect.name == "sqlite":
        return _fill_rows(session, limit)
    keys = session.execute(
        sa.text("SELECT person_position, list_position FROM contributions_before LIMIT :limit"),
        {"limit": limit},
    ).all()
    if not keys:
        return 0
    people, lists = ([row[column] for row in keys] for column in (0, 1))
    for table, positions in (("lists", lists), ("people", people)):
        session.execute(
            sa.text(
                f"SELECT position FROM {table} WHERE position = ANY(:positions)"  # noqa: S608 -- constants
                " ORDER BY position FOR KEY SHARE"
            ),
            {"positions": sorted(set(positions))},
        )
    for year in _fetch_years(session, lists):
        ensure_year(session, year)
    return _move(session, people, lists)


def _fetch_years(session: Session, lists: Collection[int]) -> Sequence[int]:
    query = sa.text("SELECT DISTINCT month / 100 FROM lists WHERE position = ANY(:lists)")
    return session.scalars(query, {"lists": sorted(set(lists))}).all()


_COLUMNS = (
    "person_position, list_position, row, days, wage, premium, gross, job_title, job_code, start_date,"
    " leave_date, stated"
)
_MOVE = f"""
WITH moved AS (
    DELETE FROM contributions_before b USING unnest(:people ::bigint[], :lists ::bigint[]) AS k (person, list)
    WHERE b.person_position = k.person AND b.list_position = k.list RETURNING b.*
)
INSERT INTO contributions ({_COLUMNS}, month, workshop_position, list_number)
SELECT {", ".join("moved." + name.strip() for name in _COLUMNS.split(","))},
    lists.month, lists.workshop_position, lists.list_number
FROM moved JOIN lists ON lists.position = moved.list_position ORDER BY moved.list_position, moved.row
"""  # noqa: S608 -- constants


def _move(session: Session, people: Sequence[int], lists: Sequence[int]) -> int:
    result: Any = session.execute(sa.text(_MOVE), {"people": list(people), "lists": list(lists)})
    return int(result.rowcount)


def _fill_rows(session: Session, limit: int) -> int:
    result: Any = session.execute(
        sa.text(
            "UPDATE contributions SET (month, workshop_position, list_number) ="
            " (SELECT month, workshop_position, list_number FROM lists WHERE position = list_position)"
            " WHERE (person_position, list_position) IN"
            " (SELECT person_position, list_position FROM contributions WHERE month = 0 LIMIT :limit)"
        ),
        {"limit": limit},
    )
    return int(result.rowcount)
