"""Migrations: up, down, by one at a time, and while others use the tables."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.kit import schema
from services.kit.db import new_engine
from services.kit.schema import SchemaBusy, SchemaUnknown, check_schema, migrate
from tests.waiting import PATIENCE, wait_until

ENVIRONMENT = """
import sqlalchemy as sa
from services.kit.schema import run_migrations

run_migrations(sa.MetaData())
"""
MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = {revision!r}, {before!r}
branch_labels = depends_on = None


def upgrade():
    op.create_table({table!r}, sa.Column("id", sa.Integer(), primary_key=True))
    {then}


def downgrade():
    op.drop_table({table!r})
"""


MIGRATE = """
import sys
from services.kit.db import new_engine
from services.kit.schema import migrate

migrate(new_engine(sys.argv[1]), "migrated")
"""


INDEX = "__import__('services.kit.ddl', fromlist=['ddl']).add_index('ix_t1_id', 't1', ['id'])"
COLUMN = "op.add_column('t1', sa.Column('more', sa.Integer()))"


def write_migrations(directory: Path, *then: str) -> None:
    """Write a service `migrated` with a migration for each line: it creates a table, then runs the line."""
    versions = directory / "migrated" / "migrations" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    (directory / "migrated" / "__init__.py").touch()
    (versions.parent / "env.py").write_text(ENVIRONMENT, "utf-8")
    for file in versions.glob("*.py"):
        file.unlink()
    for number, line in enumerate(then, 1):
        revision, before = f"{number:04}", f"{number - 1:04}" if number > 1 else None
        text = MIGRATION.format(revision=revision, before=before, table=f"t{number}", then=line)
        (versions / f"{revision}_t.py").write_text(text, "utf-8")


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "migrated", raising=False)
    return tmp_path


@pytest.fixture
def empty(database_url: str) -> Iterator[sa.Engine]:
    engine = new_engine(database_url)
    yield engine
    engine.dispose()


def list_tables(engine: sa.Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}


def test_a_database_goes_up_and_down(directory: Path, empty: sa.Engine) -> None:
    write_migrations(directory, "pass", "pass", "pass")
    for revision, names in {
        "head": {"t1", "t2", "t3"},
        "0001": {"t1"},
        "0002": {"t1", "t2"},
        "-1": {"t1"},
        "+1": {"t1", "t2"},
        "base": set(),
    }.items():
        migrate(empty, "migrated", revision)
        assert list_tables(empty) == names, revision
    for _ in range(2):
        migrate(empty, "migrated")
        assert list_tables(empty) == {"t1", "t2", "t3"}


def test_a_migration_that_fails_leaves_the_database_as_it_was(directory: Path, empty: sa.Engine) -> None:
    write_migrations(directory, "pass", "1 // 0")
    with pytest.raises(ZeroDivisionError):
        migrate(empty, "migrated")
    # On PostgreSQL each is a transaction of its own, so that no lock is held through all of them.
    assert list_tables(empty) == (set() if empty.dialect.name == "sqlite" else {"t1"})
    write_migrations(directory, "pass", "pass")
    migrate(empty, "migrated")
    assert list_tables(empty) == {"t1", "t2"}


def test_a_service_starts_with_the_schema_it_knows_and_no_other(directory: Path, empty: sa.Engine) -> None:
    write_migrations(directory, "pass", "pass")
    with pytest.raises(SchemaUnknown, match=r"none.*0002.*migrate"):
        check_schema(empty, "migrated")
    migrate(empty, "migrated", "0001")
    with pytest.raises(SchemaUnknown, match=r"0001.*0002"):
        check_schema(empty, "migrated")
    migrate(empty, "migrated")
    check_schema(empty, "migrated")
    write_migrations(directory, "pass")
    with pytest.raises(SchemaUnknown, match=r"0002.*0001"):
        check_schema(empty, "migrated")
    with pytest.raises(SchemaUnknown, match="0002"):
        migrate(empty, "migrated")


def test_simultaneous_migrations_both_succeed(directory: Path, empty: sa.Engine) -> None:
    write_migrations(directory, "__import__('time').sleep(0.5)", INDEX)
    url = empty.url.render_as_string(hide_password=False)
    environment = os.environ | {"PYTHONPATH": f"{directory}{os.pathsep}{Path.cwd()}"}
    both = [subprocess.Popen([sys.executable, "-c", MIGRATE, url], env=environment) for _ in range(2)]
    assert [one.wait(30) for one in both] == [0, 0]
    assert list_tables(empty) == {"t1", "t2"}


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[sa.Engine]:
    engine = new_engine(postgresql_url)
    yield engine
    engine.dispose()


def is_valid(engine: sa.Engine) -> bool:
    with engine.connect() as connection:
        valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_t1_id'::regclass"
        return bool(connection.scalar(sa.text(valid)))


def test_an_index_is_made_while_a_row_is_held(directory: Path, postgresql: sa.Engine) -> None:
    write_migrations(directory, "pass")
    migrate(postgresql, "migrated")
    write_migrations(directory, "pass", INDEX)
    with ThreadPoolExecutor(1) as pool, postgresql.connect() as writer:
        writer.execute(sa.text("INSERT INTO t1 VALUES (1)"))
        made = pool.submit(migrate, postgresql, "migrated")
        # For longer than a change of a table would wait for its lock.
        time.sleep(1)
        with postgresql.begin() as other:
            other.execute(sa.text("INSERT INTO t1 VALUES (2)"))
        assert not made.done()
        writer.commit()
        made.result(30)
    assert is_valid(postgresql)


def test_interrupted_index_is_created_again(directory: Path, postgresql: sa.Engine) -> None:
    write_migrations(directory, "pass")
    migrate(postgresql, "migrated")
    with postgresql.begin() as connection:
        connection.execute(sa.text("CREATE INDEX ix_t1_id ON t1 (id)"))
        connection.execute(
            sa.text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_t1_id'::regclass")
        )
    write_migrations(directory, "pass", INDEX)
    migrate(postgresql, "migrated")
    assert is_valid(postgresql)


def test_a_change_that_waits_for_its_table_keeps_nobody_waiting(
    directory: Path, postgresql: sa.Engine
) -> None:
    write_migrations(directory, "pass")
    migrate(postgresql, "migrated")
    write_migrations(directory, "pass", COLUMN)

    def read_beside() -> float:
        """Return how long a read took, which ends though the change is not done."""
        began = time.monotonic()
        with postgresql.connect() as other:
            other.execute(sa.text("SELECT * FROM t1"))
        return time.monotonic() - began

    with ThreadPoolExecutor(1) as pool, postgresql.connect() as reader:
        reader.execute(sa.text("SELECT * FROM t1"))
        changed = pool.submit(migrate, postgresql, "migrated")
        wait_until(lambda: read_beside() > 0.2, "the change never stood in the way")
        read_beside()
        assert not changed.done()
        reader.rollback()
        changed.result(PATIENCE)
    assert "more" in {column["name"] for column in sa.inspect(postgresql).get_columns("t1")}


def test_a_change_that_never_gets_its_table_says_so(
    directory: Path, postgresql: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "LOCK_TRIES", 2)
    monkeypatch.setattr(schema, "LOCK_PAUSE_SECONDS", 0.1)
    write_migrations(directory, "pass")
    migrate(postgresql, "migrated")
    write_migrations(directory, "pass", COLUMN)
    with postgresql.connect() as reader:
        reader.execute(sa.text("SELECT * FROM t1"))
        with pytest.raises(SchemaBusy, match="a backup"):
            migrate(postgresql, "migrated")
    migrate(postgresql, "migrated")


def test_rows_that_refer_to_a_table_survive_its_copy_by_sqlite(directory: Path, sqlite_url: str) -> None:
    children = "op.execute('CREATE TABLE children (t1 INTEGER REFERENCES t1 (id) ON DELETE CASCADE)')"
    write_migrations(directory, children)
    engine = new_engine(sqlite_url)
    migrate(engine, "migrated")
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO t1 VALUES (1)"))
        connection.execute(sa.text("INSERT INTO children VALUES (1)"))
    write_migrations(
        directory,
        children,
        """with op.batch_alter_table('t1', recreate='always') as t1:
        t1.add_column(sa.Column('more', sa.Integer()))""",
    )
    migrate(engine, "migrated")
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT t1 FROM children")).all() == [(1,)]
    assert "more" in {column["name"] for column in sa.inspect(engine).get_columns("t1")}
    engine.dispose()


def test_a_migration_that_leaves_a_row_without_what_it_refers_to_is_undone(
    directory: Path, sqlite_url: str
) -> None:
    children = "op.execute('CREATE TABLE children (t1 INTEGER REFERENCES t1 (id))')"
    write_migrations(directory, children, "op.execute('INSERT INTO children VALUES (7)')")
    engine = new_engine(sqlite_url)
    with pytest.raises(IntegrityError, match="foreign_key_check"):
        migrate(engine, "migrated")
    assert list_tables(engine) == set()
    engine.dispose()
