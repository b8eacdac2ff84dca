"""Objects in a directory: on the disk before anybody relies on them; what a killed writer leaves is found."""

import os
import subprocess
import sys
from datetime import timedelta
from itertools import chain
from pathlib import Path

import pytest
from obstore.store import LocalStore

from services.kit import storage
from services.kit.storage import local, objects

WRITER = """
import sys
from services.kit import storage
store = storage.open_store(sys.argv[1])
sys.stdout.write("ready\\n"); sys.stdout.flush()
for number in range(10_000):
    storage.put_new(store, f"letters/{number}", bytes(8_000_000)); storage.remove(store, f"letters/{number}")
"""


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    opened = storage.open_store((tmp_path / "objects").as_uri())
    assert isinstance(opened, LocalStore)
    return opened


def test_the_disk_is_asked_to_keep_an_object_and_its_way(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(local, "sync_path", synced.append)
    top = tmp_path / "objects"
    expected = [top / "letters/2026/1.pdf", top / "letters/2026", top / "letters", top]
    storage.put_new(store, "letters/2026/1.pdf", b"x")
    assert synced == expected
    # Also where an earlier try wrote it and did not come to this.
    storage.put_new(store, "letters/2026/1.pdf", b"x")
    assert synced == expected * 2


def test_failed_sync_is_not_a_success(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Path) -> None:
        raise OSError("input/output error")

    monkeypatch.setattr(local, "sync_path", fail)
    with pytest.raises(OSError, match="input/output"):
        storage.put_new(store, "letter", b"x")
    monkeypatch.undo()
    storage.put_new(store, "letter", b"x")


def test_leftover_of_a_killed_writer_is_listed_apart_from_objects(store: LocalStore, tmp_path: Path) -> None:
    for _ in range(20):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, (tmp_path / "objects").as_uri()], stdout=subprocess.PIPE, text=True
        )
        with writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            for _ in range(20_000):
                if any(storage.list_leftovers(store)):
                    break
            writer.kill()
        if any(storage.list_leftovers(store)):
            break
    (left,) = chain.from_iterable(storage.list_leftovers(store))
    keys = [leftovers["path"] for page in storage.list_pages(store) for leftovers in page]
    assert str(left.relative_to(tmp_path / "objects")) not in keys
    assert not storage.remove_leftover(left, timedelta(hours=1))
    assert left.exists()
    assert storage.remove_leftover(left, timedelta(0))
    assert not storage.remove_leftover(left, timedelta(0))
    assert list(chain.from_iterable(storage.list_leftovers(store))) == []


def test_an_object_that_cannot_be_replaced_stays(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError("no space left")

    storage.put_new(store, "letter", b"first")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space"):
        objects.overwrite(store, "letter", b"second")
    assert [path.name for path in (tmp_path / "objects").iterdir()] == ["letter"]
    assert storage.read(store, "letter") == b"first"
