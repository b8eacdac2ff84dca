"""No service starts on a schema that its code does not run on; each says so in a sentence and ends."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa
import svcs

from services.kit.db import new_engine
from services.kit.schema import CANNOT_BOOT, SchemaUnknown, check_schema, migrate
from services.kit.storage import new_key_line
from tests.upgrade.apps import create
from tests.upgrade.releases import read_left
from tests.upgrade.rows import OF_ALEMBIC
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
# What the database is made to be, and what is said of it.
UNKNOWN: Mapping[str, str] = {
    "none": "revision none",
    "emptied": "revision none",
    "older": "revision {before}",
    "newer": "revision 0099, which this code",
    "newer and for later code": "revision 0099_serves_0098, which this code",
}


def prepare(engine: sa.Engine, service: str, how: str) -> None:
    """Bring a database into one of the states in which this code does not run on it."""
    package = f"services.{service}"
    if how == "none":
        return
    migrate(engine, package)
    if how == "emptied":
        migrate(engine, package, "base")
    elif how == "older":
        migrate(engine, package, read_left(service).revision)
    else:
        set_revision(engine, "0099" if how == "newer" else "0099_serves_0098")


def set_revision(engine: sa.Engine, revision: str) -> None:
    """Set the revision that the database reports."""
    with engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {OF_ALEMBIC} SET version_num = :it"), {"it": revision})


@pytest.mark.parametrize("how", UNKNOWN)
def test_an_unknown_schema_is_refused(service: str, how: str, empty: sa.Engine) -> None:
    prepare(empty, service, how)
    with pytest.raises(SchemaUnknown) as refused:
        check_schema(empty, f"services.{service}")
    persian, english = str(refused.value).splitlines()
    for line in (persian, english):
        assert line.startswith(f"{service}: ")
        assert f"flask --app services.{service}.app migrate" in line
    assert "پایگاه داده" in persian
    assert UNKNOWN[how].format(before=read_left(service).revision) in english
    assert english.endswith("--down") == how.startswith("newer")


@pytest.mark.parametrize("how", ["newer", "newer and for later code"])
def test_migrate_does_not_change_a_newer_schema(service: str, how: str, empty: sa.Engine) -> None:
    prepare(empty, service, how)
    for revision in ("head", "-1"):
        with pytest.raises(SchemaUnknown, match="Start the newer version"):
            migrate(empty, f"services.{service}", revision)


def test_a_newer_schema_that_serves_this_code_is_taken(service: str, empty: sa.Engine) -> None:
    migrate(empty, f"services.{service}")
    with empty.connect() as connection:
        own = str(connection.scalar(sa.text(f"SELECT version_num FROM {OF_ALEMBIC}")))
    newer = f"0099_serves_{own[:4]}"
    set_revision(empty, newer)
    check_schema(empty, f"services.{service}")
    # The job that runs before an older version is started again has nothing to do.
    migrate(empty, f"services.{service}")
    with empty.connect() as connection:
        assert connection.scalar(sa.text(f"SELECT version_num FROM {OF_ALEMBIC}")) == newer


def build_environment(service: str, database_url: str, directory: Path) -> dict[str, str]:
    secret = directory / "secret"
    secret.write_text("a secret of this test only\n", "utf-8")
    away = {
        f"GOVAH_{name}_URL": "http://127.0.0.1:9" for name in ("AUTH", "RECORDS", "DISCLOSURE", "INQUIRY")
    }
    keys = directory / "storage-keys"
    keys.write_text(new_key_line(), "utf-8")
    return {
        **os.environ,
        **away,
        "GOVAH_CLIENT_SECRET_FILE": str(secret),
        "GOVAH_PEPPER_FILE": str(secret),
        "GOVAH_STORAGE_KEYS_FILE": str(keys),
        "GOVAH_DATABASE_URL": database_url,
        "GOVAH_BROKER_URL": "memory://",
        "GOVAH_PUBLIC_URL": "http://127.0.0.1",
        "GOVAH_STORAGE_URL": (directory / "objects").as_uri(),
        "GOVAH_TOKEN_KEYS_DIR": str(directory / "keys"),
        "GOVAH_PEPPERS_DIR": str(directory / "peppers"),
        "GOVAH_MESSAGES": "file",
        "GOVAH_MESSAGES_FILE": str(directory / "messages.jsonl"),
        "GOVAH_MOBILE_OWNERSHIP": "accept-all",
    }


def test_web_process_ends_once_and_logs_the_reason(service: str, sqlite_url: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "gunicorn", "--no-control-socket", "--worker-class", "gthread"),
            *("--bind", f"unix:{tmp_path}/socket", f"services.{service}.app:serve()"),
        ],
        cwd=ROOT,
        env=build_environment(service, sqlite_url, tmp_path),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == CANNOT_BOOT
    assert ended.stderr.count(f"{service}: the database is at revision none") == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    # One worker came, none followed.
    assert ended.stderr.count("Booting worker") == 1


def test_loops_and_commands_log_the_reason_too(service: str, sqlite_url: str, tmp_path: Path) -> None:
    app, engine = create(service, sqlite_url, tmp_path), new_engine(sqlite_url)
    runner = app.test_cli_runner()
    loops = runner.invoke(args=["background"])
    assert loops.exit_code == CANNOT_BOOT
    assert f"run: flask --app services.{service}.app migrate" in loops.output
    assert runner.invoke(args=["migrate"]).exit_code == 0
    check_schema(engine, f"services.{service}")
    assert runner.invoke(args=["migrate", "--down"]).exit_code == 0
    # One step, not all the way to the previous release.
    with pytest.raises(SchemaUnknown, match=r"revision [0-9a-z_]*[0-9], this code needs"):
        check_schema(engine, f"services.{service}")
    assert runner.invoke(args=["migrate"]).exit_code == 0
    set_revision(engine, "0099")
    refused = runner.invoke(args=["migrate"])
    assert (refused.exit_code, isinstance(refused.exception, SystemExit)) == (1, True)
    assert "Start the newer version" in refused.output
    svcs.flask.close_registry(app)
    engine.dispose()
