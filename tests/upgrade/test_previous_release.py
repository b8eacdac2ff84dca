"""The newest migrations on the previous release's rows: nothing is lost, and its code still works.

What its code does is replayed: it names its own columns and no others when it writes and reads.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.exc import SQLAlchemyError

from services.kit.db import new_engine
from services.kit.schema import SERVES, check_schema, migrate
from tests.upgrade.releases import Left, read_left
from tests.upgrade.rows import OF_ALEMBIC, Rows, read_rows, read_tables, write_rows

# By service and column, the values that no row of the release shows.
UNSEEN: Mapping[str, Mapping[str, set[str]]] = {}


def select_known(rows: Rows, newer: Rows) -> Rows:
    """Return what code sees of newer rows that knows only the tables and columns of `rows`."""
    columns = {table: set(some[0]) if some else set() for table, some in rows.items()}
    return {
        table: [{name: row[name] for name in row if name in columns[table]} for row in newer[table]]
        for table in rows
    }


def replay(engine: sa.Engine, left: Left) -> None:
    """Insert, update, read and delete every row as the release's code does. Raises what the database does."""
    write_rows(engine, left.rows)
    with engine.begin() as connection:
        tables = {table.name: table for table in read_tables(connection)}
        for name, rows in left.rows.items():
            for column in rows[0] if rows else ():
                own = tables[name].c[column]
                if not own.primary_key:
                    connection.execute(sa.update(tables[name]).values({own: own}))
    assert select_known(left.rows, read_rows(engine)) == left.rows
    write_rows(engine, left.rows)


def test_nothing_is_lost_on_the_way_up(restored: sa.Engine, left: Left) -> None:
    assert read_rows(restored) == left.rows
    migrate(restored, left.package)
    check_schema(restored, left.package)
    assert select_known(left.rows, read_rows(restored)) == left.rows


def test_one_step_down_and_up_again_keeps_what_both_know(restored: sa.Engine, left: Left) -> None:
    migrate(restored, left.package)
    newest = read_rows(restored)
    migrate(restored, left.package, "-1")
    older = read_rows(restored)
    assert select_known(older, newest) == older
    assert select_known(left.rows, older) == left.rows
    migrate(restored, left.package)
    check_schema(restored, left.package)
    assert select_known(older, read_rows(restored)) == older


def test_the_releases_code_works_on_the_newest_schema(empty: sa.Engine, left: Left) -> None:
    migrate(empty, left.package)
    replay(empty, left)


def test_the_newest_schema_says_that_it_serves_the_releases_code(empty: sa.Engine, left: Left) -> None:
    migrate(empty, left.package)
    with empty.connect() as connection:
        head = str(connection.scalar(sa.text(f"SELECT version_num FROM {OF_ALEMBIC}")))
    oldest = head.partition(SERVES)[2]
    assert head == left.revision or (oldest and oldest <= left.revision), head


Change = Callable[[Operations], Any]
BREAKS: Mapping[str, Change] = {
    "a column that must have a value": lambda op: op.add_column(
        "requests", sa.Column("office", sa.String(8), nullable=False)
    ),
    "a column less": lambda op: op.drop_column("requests", "note"),
    "a column by another name": lambda op: op.alter_column("requests", "note", new_column_name="remark"),
    "a table by another name": lambda op: op.rename_table("citizens", "persons"),
    "a narrower rule": lambda op: op.create_check_constraint("short", "requests", "length(note) < 5"),
    "a shorter text": lambda op: op.alter_column("requests", "state", type_=sa.String(5)),
    "what must be there now": lambda op: op.alter_column("requests", "failure_code", nullable=False),
    "what must be one of its kind now": lambda op: op.create_unique_constraint(
        "one", "letters", ["person_id"]
    ),
}
SERVES_BOTH: Mapping[str, Change] = {
    "a column that may be empty": lambda op: op.add_column("requests", sa.Column("office", sa.String(8))),
    "a column with a default": lambda op: op.add_column(
        "requests", sa.Column("office", sa.String(8), nullable=False, server_default="")
    ),
    "a wider text": lambda op: op.alter_column("requests", "note", type_=sa.String(900)),
    "a table more": lambda op: op.create_table("offices", sa.Column("id", sa.Integer(), primary_key=True)),
    "an index more": lambda op: op.create_index("ix_new", "requests", ["note"]),
}


@pytest.mark.parametrize("change", SERVES_BOTH.values(), ids=SERVES_BOTH.keys())
def test_a_change_that_serves_both_passes(postgresql_engine: sa.Engine, change: Change) -> None:
    replay_after(postgresql_engine, change)


@pytest.mark.parametrize("change", BREAKS.values(), ids=BREAKS.keys())
def test_change_that_breaks_the_releases_code_fails(postgresql_engine: sa.Engine, change: Change) -> None:
    with pytest.raises((SQLAlchemyError, LookupError)):
        replay_after(postgresql_engine, change)


def replay_after(engine: sa.Engine, change: Change) -> None:
    """Let disclosure have a migration more, and the release's code work on what it makes."""
    migrate(engine, "services.disclosure")
    with engine.begin() as connection:
        change(Operations(MigrationContext.configure(connection)))
    replay(engine, read_left("disclosure"))


@pytest.fixture
def postgresql_engine(postgresql_url: str) -> Iterator[sa.Engine]:
    engine = new_engine(postgresql_url)
    yield engine
    engine.dispose()


def test_the_rows_show_every_value_that_a_column_may_have(left: Left, sqlite_url: str) -> None:
    engine = new_engine(sqlite_url)
    migrate(engine, left.package, left.revision)
    inspector = sa.inspect(engine)
    unseen: dict[str, set[str]] = {}
    for table, rows in left.rows.items():
        for check in inspector.get_check_constraints(table):
            if choices := re.fullmatch(r"(\w+) IN \(([^()]*)\)", check["sqltext"]):
                may_be = set(re.findall(r"'([^']*)'", choices[2]))
                missing = may_be - {row[choices[1]] for row in rows}
                unseen |= {f"{table}.{choices[1]}": missing} if missing else {}
    engine.dispose()
    assert unseen == UNSEEN.get(left.service, {})
