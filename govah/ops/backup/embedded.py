"""Backup and restore of the embedded mode's data directory. Called by `govah backup` and `govah restore`."""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from govah.local.data_directory import ASIDE, close_to_others, locked
from govah.ops.backup.choices import Choice
from govah.ops.backup.counts import FACT as COUNTS_FACT
from govah.ops.backup.counts import compare_counts, count_sqlite, count_sqlite_file, read_counts
from govah.ops.backup.feeds import repair_feeds
from govah.ops.backup.folder import (
    PIECE,
    BackupFailed,
    compute_size,
    finish,
    new_folder,
    open_facts,
    pack,
    reading,
    unpack,
    writing,
)
from govah.ops.backup.journal import has_journal, read_mark
from govah.ops.backup.moment import SERVICES, sqlite_moment
from services.kit.endings import Journal

DATA, KEYS = "embedded data", "embedded keys"
# Passwords of the sample's people and codes to their mobiles are no less secret than keys.
SECRETS = ("secrets", "demo.json", "messages.jsonl")
KEPT = ("db", "objects", *SECRETS)
# The broker holds nothing but nudges, and older ones than the data would only confuse.
REPLACED = (*KEPT, "valkey")

EndAgain = Callable[[Path, Choice | None], None]


def back_up(
    data_dir: Path, data: Path, keys: Path, seal: Sequence[str] = (), journal: Journal | None = None
) -> None:
    """Write two new folders; the system may be running. Raises BackupFailed."""
    databases = {name: data_dir / "db" / f"{name}.sqlite3" for name in SERVICES}
    if missing := [path for path in databases.values() if not path.exists()]:
        raise BackupFailed(f"{missing[0]} is missing: there is no Govah in {data_dir}")
    for folder in (data, keys):
        new_folder(folder)
    noted, counts = read_mark(journal), {}
    with sqlite_moment(databases) as connections:
        for name, connection in connections.items():
            _copy(connection, data / f".{name}.part", data / f"{name}.sqlite3", seal)
            counts[name] = count_sqlite(connection)
    # Objects are written before their rows, so after the databases each row finds its own.
    with writing(data / "objects.tar", seal) as stream:
        pack(data_dir, ["objects"], stream)
    with writing(keys / "secrets.tar", seal) as stream:
        pack(data_dir, SECRETS, stream)
    finish(data, DATA, sealed=bool(seal), more={**noted, COUNTS_FACT: counts})
    finish(keys, KEYS, sealed=bool(seal))
    if journal is not None:
        size = compute_size(data, keys)
        journal.note_backup(datetime.now(UTC), size)


def _copy(connection: sqlite3.Connection, part: Path, path: Path, seal: Sequence[str]) -> None:
    """Write what a connection sees into a file of its own, once it has proved to be whole."""
    part.touch(0o600)
    try:
        with closing(sqlite3.connect(part)) as copy:
            connection.backup(copy)
            # One file, without another beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
            problems = copy.execute("PRAGMA integrity_check").fetchall()
    except sqlite3.DatabaseError as error:
        problems = [(error,)]
    try:
        if problems != [("ok",)]:
            raise BackupFailed(
                f"{path.stem}: the database is damaged ({problems[0][0]}); restore an older backup"
            )
        with part.open("rb") as plain, writing(path, seal) as stream:
            shutil.copyfileobj(plain, stream, PIECE)
    finally:
        part.unlink()


def restore(
    data_dir: Path,
    data: Path,
    keys: Path,
    *,
    unseal: Sequence[str] = (),
    replace: bool = False,
    journal: Journal | None = None,
    choice: Choice | None = None,
    end_again: EndAgain = lambda _room, _choice: None,
) -> Path | None:
    """Fill a data directory from a backup; return where what was there before was put, if anything was.

    `end_again` ends in the restored databases what ended since, before anything runs on them.

    Raises BackupFailed when the directory is not empty and is not to be replaced, when a file of the backup
    is not whole, or when the journal is missing and there is no choice. Raises CannotStart while a system
    runs on it.
    """
    facts = open_facts(data, DATA, unseal)
    open_facts(keys, KEYS, unseal)
    is_journaled = has_journal(facts, journal, choice)
    with locked(data_dir):
        close_to_others(data_dir)
        occupied = [name for name in KEPT if (data_dir / name).exists()]
        if occupied and not replace:
            raise BackupFailed(
                f"{data_dir} holds a system already ({', '.join(occupied)}); --replace puts it aside first.\n"
                "این پوشه داده دارد؛ با --replace اول کنار گذاشته می‌شود."
            )
        room = data_dir / ".restoring"
        shutil.rmtree(room, ignore_errors=True)
        for name in ("db", "objects"):
            (room / name).mkdir(mode=0o700, parents=True)
        for name in SERVICES:
            with (
                reading(data / f"{name}.sqlite3", unseal) as stream,
                writing(room / "db" / f"{name}.sqlite3") as file,
            ):
                shutil.copyfileobj(stream, file, PIECE)
        for path in (data / "objects.tar", keys / "secrets.tar"):
            with reading(path, unseal) as stream:
                unpack(room, stream)
        repair_feeds({name: f"sqlite:///{room / 'db' / name}.sqlite3" for name in SERVICES})
        end_again(room, None if is_journaled else choice)
        aside = _put_aside(data_dir) if occupied else None
        for path in room.iterdir():
            path.rename(data_dir / path.name)
        room.rmdir()
        return aside


def run_drill(data: Path, unseal: Sequence[str] = ()) -> int:
    """Return how many rows a restore of a backup has, as many as were noted at its moment.

    Everything is unpacked into a temporary folder and counted. Raises BackupFailed.
    """
    facts = open_facts(data, DATA, unseal)
    noted = read_counts(facts)
    with tempfile.TemporaryDirectory(prefix="govah-drill-") as directory:
        room = Path(directory)
        for name in SERVICES:
            with (
                reading(data / f"{name}.sqlite3", unseal) as stream,
                writing(room / f"{name}.sqlite3") as file,
            ):
                shutil.copyfileobj(stream, file, PIECE)
        with reading(data / "objects.tar", unseal) as stream:
            unpack(room, stream)
        restored = {name: count_sqlite_file(room / f"{name}.sqlite3") for name in SERVICES}
    return compare_counts(noted, restored)


def _put_aside(data_dir: Path) -> Path:
    aside = data_dir / f"{ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    aside.mkdir(mode=0o700)
    for name in REPLACED:
        if (data_dir / name).exists():
            (data_dir / name).rename(aside / name)
    return aside
