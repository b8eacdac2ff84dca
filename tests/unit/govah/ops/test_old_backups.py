"""Old backups go and the newest good one stays; a drill counts what a restore has; the hours of the timer."""

import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from govah.ops.backup import embedded
from govah.ops.backup.counts import compare_counts, parse_counts
from govah.ops.backup.folder import FACTS, SUMS, BackupFailed, finish
from govah.ops.backup.moment import SERVICES
from govah.ops.backup.retention import remove_old_backups
from govah.ops.backup.timer import find_next

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def add_backup(root: Path, age_days: int, *, is_good: bool = True) -> Path:
    folder = root / f"{age_days:02}"
    folder.mkdir(parents=True)
    (folder / "auth.dump").write_bytes(b"rows")
    facts = {"finished_at": (NOW - timedelta(days=age_days)).isoformat()}
    (folder / FACTS).write_text(json.dumps(facts), "utf-8")
    if is_good:
        (folder / SUMS).touch()
    moment = (NOW - timedelta(days=age_days)).timestamp()
    os.utime(folder, (moment, moment))
    return folder


def test_old_backups_and_unfinished_ones_go_and_others_stay(tmp_path: Path) -> None:
    fresh, edge, old, older = (add_backup(tmp_path, age) for age in (1, 30, 31, 60))
    unfinished, running = add_backup(tmp_path, 2, is_good=False), add_backup(tmp_path, 0, is_good=False)
    (tmp_path / "something of the operator").mkdir()
    assert remove_old_backups(tmp_path, 30, NOW) == [unfinished, old, older]
    assert [path.exists() for path in (fresh, edge, running)] == [True, True, True]
    assert (tmp_path / "something of the operator").exists()


def test_the_newest_good_backup_stays_however_old(tmp_path: Path) -> None:
    newest, older = add_backup(tmp_path, 90), add_backup(tmp_path, 99)
    assert remove_old_backups(tmp_path, 30, NOW) == [older]
    assert newest.exists()
    assert remove_old_backups(tmp_path / "missing", 30, NOW) == []


@pytest.mark.parametrize(
    "facts", [None, "", "[]", "{}", '{"finished_at": 7}', '{"finished_at": "2026-01-01"}']
)
def test_stray_folders_stay_and_hide_no_backup(tmp_path: Path, facts: str | None) -> None:
    old, newest = add_backup(tmp_path, 40), add_backup(tmp_path, 1)
    stray = tmp_path / "stray"
    stray.mkdir()
    (stray / SUMS).touch()
    if facts is not None:
        (stray / FACTS).write_text(facts, "utf-8")
    (tmp_path / "notes.txt").touch()
    (tmp_path / "link").symlink_to(newest)
    assert remove_old_backups(tmp_path, 30, NOW) == [old]
    assert (stray.exists(), newest.exists()) == (True, True)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return the folder of data of a backup."""
    for name in SERVICES:
        path = tmp_path / "var" / "db" / f"{name}.sqlite3"
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE things (name)")
            connection.executemany("INSERT INTO things VALUES (?)", [(name,), ("other",)])
            connection.commit()
    (tmp_path / "var" / "secrets").mkdir()
    embedded.back_up(tmp_path / "var", tmp_path / "data", tmp_path / "keys")
    return tmp_path / "data"


def test_a_drill_counts_what_a_restore_has(data: Path) -> None:
    assert embedded.run_drill(data) == 2 * len(SERVICES)


def test_a_drill_fails_where_rows_are_missing(data: Path) -> None:
    facts = json.loads((data / FACTS).read_text("utf-8"))
    with closing(sqlite3.connect(data / "inquiry.sqlite3")) as connection:
        connection.execute("DELETE FROM things WHERE name = 'other'")
        connection.commit()
    (data / FACTS).unlink()
    (data / SUMS).unlink()
    finish(data, embedded.DATA, sealed=False, more={"rows": facts["rows"]})
    with pytest.raises(BackupFailed, match=r"inquiry\.things: 2 rows in the backup, 1 restored"):
        embedded.run_drill(data)


def test_a_table_that_is_missing_or_new_is_a_difference() -> None:
    noted = {"auth": parse_counts("accounts 3\nstaff 1\n")}
    assert compare_counts(noted, noted) == 4
    with pytest.raises(BackupFailed, match=r"auth\.staff: 1 rows in the backup, None restored"):
        compare_counts(noted, {"auth": {"accounts": 3}})
    with pytest.raises(BackupFailed, match=r"auth\.more"):
        compare_counts(noted, {"auth": {"accounts": 3, "staff": 1, "more": 1}})


def test_a_daily_backup_is_due_by_the_clock_of_tehran() -> None:
    assert find_next(datetime(2026, 11, 30, 22, 59, tzinfo=UTC), "02:30") == datetime(
        2026, 11, 30, 23, tzinfo=UTC
    )
    assert find_next(datetime(2026, 11, 30, 23, tzinfo=UTC), "02:30") == datetime(2026, 12, 1, 23, tzinfo=UTC)
