"""A backup's folders: nothing is overwritten, nothing damaged is restored, nobody else can read them."""

import io
import os
import shlex
import sqlite3
import stat
import subprocess
import sys
import tarfile
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from govah.local.data_directory import CannotStart, locked
from govah.ops.backup import embedded
from govah.ops.backup.choices import Choice
from govah.ops.backup.feeds import repair_feeds
from govah.ops.backup.folder import BackupFailed, filter_command, pack, unpack
from govah.ops.backup.journal import has_journal
from govah.ops.backup.moment import SERVICES, sqlite_moment
from services.kit.endings import open_journal

# Databases of these tests have nothing that ends.
restore = partial(embedded.restore, choice=Choice.ACCEPT)
# Its own inverse, so it seals and opens.
TWIST = [
    sys.executable,
    "-c",
    "import sys; sys.stdout.buffer.write(bytes(255 - b for b in sys.stdin.buffer.read()))",
]
FAIL = [sys.executable, "-c", "import sys; sys.exit('no key')"]


def new_database(path: Path, *, counter: int = 0, **cursors: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "PRAGMA journal_mode=WAL; CREATE TABLE letters (name);"
            "CREATE TABLE feed_counter (id INTEGER PRIMARY KEY, last INTEGER);"
            "CREATE TABLE feed_cursors (source TEXT PRIMARY KEY, last INTEGER);"
        )
        if counter:
            connection.execute("INSERT INTO feed_counter VALUES (1, ?)", (counter,))
        connection.executemany("INSERT INTO feed_cursors VALUES (?, ?)", cursors.items())
        connection.commit()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Return the data of a small system."""
    directory = tmp_path / "var"
    for name in SERVICES:
        new_database(directory / "db" / f"{name}.sqlite3", counter=7)
    for path, text in {
        "objects/disclosure/ab/letter.pdf": "a letter",
        "secrets/peppers/pepper1": "a pepper",
        "messages.jsonl": "{}\n",
        "valkey/appendonly": "nudges",
        "logs/auth.log": "not worth keeping",
    }.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text, "utf-8")
    return directory


def read_content(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def add_letter(data_dir: Path, name: str) -> None:
    with closing(sqlite3.connect(data_dir / "db" / "disclosure.sqlite3")) as connection:
        connection.execute("INSERT INTO letters VALUES (?)", (name,))
        connection.commit()


def read_letters(data_dir: Path) -> list[str]:
    with closing(sqlite3.connect(data_dir / "db" / "disclosure.sqlite3")) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM letters")]


@pytest.mark.parametrize("command", [[], TWIST])
def test_what_was_backed_up_comes_back(data_dir: Path, tmp_path: Path, command: list[str]) -> None:
    add_letter(data_dir, "before")
    data, keys, other = tmp_path / "data", tmp_path / "keys", tmp_path / "elsewhere"
    embedded.back_up(data_dir, data, keys, command)
    add_letter(data_dir, "after")
    assert restore(other, data, keys, unseal=command) is None
    assert read_letters(other) == ["before"]
    names = ("objects", "secrets", "messages")
    expected = {name: data for name, data in read_content(data_dir).items() if name.startswith(names)}
    assert {name: data for name, data in read_content(other).items() if name.startswith(names)} == expected
    assert not (other / "logs").exists()


def test_keys_and_data_lie_apart_and_are_the_owners_alone(data_dir: Path, tmp_path: Path) -> None:
    data, keys = tmp_path / "data", tmp_path / "keys"
    embedded.back_up(data_dir, data, keys)
    assert not [name for name, text in read_content(data).items() if b"pepper" in text]
    assert [name for name, text in read_content(keys).items() if b"a pepper" in text] == ["secrets.tar"]
    for folder in (data, keys):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
        subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder, check=True)


def test_sealed_files_hold_nothing_in_plain(data_dir: Path, tmp_path: Path) -> None:
    data, keys = tmp_path / "data", tmp_path / "keys"
    add_letter(data_dir, "a letter in the database")
    embedded.back_up(data_dir, data, keys, TWIST)
    for folder in (data, keys):
        assert not [
            name for name, text in read_content(folder).items() if b"a letter" in text or b"a pepper" in text
        ]
    with pytest.raises(BackupFailed, match="sealed"):
        restore(tmp_path / "elsewhere", data, keys)


def test_a_backup_is_never_overwritten(data_dir: Path, tmp_path: Path) -> None:
    embedded.back_up(data_dir, tmp_path / "data", tmp_path / "keys")
    before = read_content(tmp_path / "data")
    with pytest.raises(BackupFailed, match="there already"):
        embedded.back_up(data_dir, tmp_path / "data", tmp_path / "other-keys")
    assert read_content(tmp_path / "data") == before


def test_a_seal_that_fails_leaves_no_backup(data_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="status 1"):
        embedded.back_up(data_dir, tmp_path / "data", tmp_path / "keys", FAIL)
    with pytest.raises(BackupFailed, match="an incomplete one"):
        restore(tmp_path / "elsewhere", tmp_path / "data", tmp_path / "keys")
    with pytest.raises(BackupFailed, match="no program"):
        filter_command("there-is-no-such-program -r x")
    assert filter_command(shlex.join(TWIST)) == TWIST


def test_a_system_that_is_there_is_put_aside_only_when_asked(data_dir: Path, tmp_path: Path) -> None:
    data, keys = tmp_path / "data", tmp_path / "keys"
    embedded.back_up(data_dir, data, keys)
    add_letter(data_dir, "after")
    with pytest.raises(BackupFailed, match="--replace"):
        restore(data_dir, data, keys)
    assert read_letters(data_dir) == ["after"]
    aside = restore(data_dir, data, keys, replace=True)
    assert aside is not None
    assert (read_letters(data_dir), read_letters(aside)) == ([], ["after"])
    assert not (data_dir / "valkey").exists()
    with locked(data_dir), pytest.raises(CannotStart, match="already runs"):
        restore(data_dir, data, keys, replace=True)


@pytest.mark.parametrize("damage", ["flip", "remove", "unfinished", "swap"])
def test_a_damaged_backup_is_refused_before_anything_happens(
    data_dir: Path, tmp_path: Path, damage: str
) -> None:
    data, keys = tmp_path / "data", tmp_path / "keys"
    embedded.back_up(data_dir, data, keys)
    if damage == "flip":
        path = data / "inquiry.sqlite3"
        path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])
    elif damage == "remove":
        (data / "objects.tar").unlink()
    elif damage == "unfinished":
        (keys / "SHA256SUMS").unlink()
    else:
        data, keys = keys, data
    with pytest.raises(BackupFailed):
        restore(data_dir, data, keys, replace=True)
    assert not list(data_dir.glob("before-restore-*"))
    assert read_letters(data_dir) == []


def test_damaged_database_is_not_backed_up(data_dir: Path, tmp_path: Path) -> None:
    path = data_dir / "db" / "records.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.executemany("INSERT INTO letters VALUES (?)", [(os.urandom(3000),) for _ in range(20)])
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = bytearray(path.read_bytes())
    whole[20_000:24_000] = b"\xff" * 4000
    path.write_bytes(whole)
    with pytest.raises(BackupFailed, match="damaged"):
        embedded.back_up(data_dir, tmp_path / "data", tmp_path / "keys")
    assert not (tmp_path / "data" / "SHA256SUMS").exists()


def test_all_databases_are_seen_at_one_moment(data_dir: Path) -> None:
    paths = {name: data_dir / "db" / f"{name}.sqlite3" for name in SERVICES}
    with sqlite_moment(paths) as seen:
        # Nobody waits for the copy: the moment is over before it begins.
        add_letter(data_dir, "later")
        assert seen["disclosure"].execute("SELECT count(*) FROM letters").fetchone() == (0,)
    assert read_letters(data_dir) == ["later"]


def test_no_feed_gives_a_number_that_a_reader_has_passed(tmp_path: Path) -> None:
    new_database(tmp_path / "auth", counter=3, disclosure=12)
    new_database(tmp_path / "disclosure", counter=10, auth=3, records=4)
    new_database(tmp_path / "records")
    new_database(tmp_path / "inquiry", counter=5, disclosure=11)
    urls = {name: f"sqlite:///{tmp_path / name}" for name in SERVICES}
    assert repair_feeds(urls) == {"disclosure": (10, 12), "records": (0, 4)}
    assert repair_feeds(urls) == {}


@pytest.mark.parametrize("name", ["../outside", "/outside", "a/../../outside"])
def test_a_tar_writes_nothing_outside_its_folder(tmp_path: Path, name: str) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    stream.seek(0)
    with pytest.raises(BackupFailed):
        unpack(tmp_path / "inside", stream)
    assert not list(tmp_path.rglob("outside"))


def test_a_link_is_not_followed_out_of_a_tar(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "somewhere"
        tar.addfile(link)
    stream.seek(0)
    with pytest.raises(BackupFailed, match="no place"):
        unpack(tmp_path, stream)


def test_an_object_that_vanishes_meanwhile_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("x", "ascii")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert pack(tmp_path, ["kept", "gone", "never"], io.BytesIO()) == 1


def test_a_restore_without_the_journal_of_its_backup_needs_a_choice(data_dir: Path, tmp_path: Path) -> None:
    data, keys = tmp_path / "data", tmp_path / "keys"
    journal, other = open_journal((tmp_path / "a").as_uri()), open_journal((tmp_path / "b").as_uri())
    assert journal is not None
    assert other is not None
    journal.append("inquiry", [])
    embedded.back_up(data_dir, data, keys, journal=journal)
    other.append("inquiry", [])
    seen: list[tuple[str, Choice | None]] = []

    def end_again(room: Path, choice: Choice | None) -> None:
        assert (room / "db" / "inquiry.sqlite3").exists()
        seen.append((room.parent.name, choice))

    for missing in (None, other):
        with pytest.raises(BackupFailed, match="suspend"):
            embedded.restore(tmp_path / "new", data, keys, journal=missing, end_again=end_again)
    assert not (tmp_path / "new").exists()
    embedded.restore(tmp_path / "new", data, keys, journal=journal, end_again=end_again)
    embedded.restore(tmp_path / "lost", data, keys, choice=Choice.SUSPEND, end_again=end_again)
    assert seen == [("new", None), ("lost", Choice.SUSPEND)]
    for segment in (tmp_path / "a" / "inquiry").rglob("*.jsonl"):
        segment.unlink()
    with pytest.raises(BackupFailed, match="lacks inquiry/"):
        embedded.restore(tmp_path / "late", data, keys, journal=journal)


def test_a_backup_of_an_older_release_takes_the_journal_that_is_there(tmp_path: Path) -> None:
    journal = open_journal((tmp_path / "a").as_uri())
    assert journal is not None
    with pytest.raises(BackupFailed):
        has_journal({}, journal, None)
    journal.append("auth", [])
    assert has_journal({}, journal, None)
