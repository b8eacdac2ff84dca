"""Objects: written once, read back whole."""

from pathlib import Path

import obstore
import pytest
from obstore.store import ObjectStore

from services.kit import storage


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    return storage.open_store("memory:///" if request.param == "memory" else (tmp_path / "با فاصله").as_uri())


def test_an_object_is_read_back_whole(store: ObjectStore) -> None:
    for key, data in {"letters/ab/1.pdf": bytes(range(256)) * 4096, "empty": b""}.items():
        storage.put_new(store, key, data)
        assert storage.read(store, key) == data


def test_an_object_is_never_overwritten(store: ObjectStore) -> None:
    storage.put_new(store, "letter", b"first")
    with pytest.raises(storage.ObjectExists):
        storage.put_new(store, "letter", b"second")
    assert storage.read(store, "letter") == b"first"


def test_an_object_that_is_not_there_is_missing(store: ObjectStore) -> None:
    with pytest.raises(storage.ObjectMissing):
        storage.read(store, "letter")


def test_what_is_removed_is_gone_and_may_be_gone_already(store: ObjectStore) -> None:
    storage.put_new(store, "letter", b"x")
    for _ in range(2):
        storage.remove(store, "letter")
    with pytest.raises(storage.ObjectMissing):
        storage.read(store, "letter")
    storage.put_new(store, "letter", b"y")


@pytest.mark.parametrize("key", ["../outside", "a/../../outside", "/../outside"])
def test_no_key_leads_out_of_the_directory(tmp_path: Path, key: str) -> None:
    store = storage.open_store((tmp_path / "objects").as_uri())
    with pytest.raises((ValueError, obstore.exceptions.BaseError)):
        storage.put_new(store, key, b"x")
    assert not (tmp_path / "outside").exists()


def test_a_store_is_ready_empty_or_not(store: ObjectStore) -> None:
    storage.is_ready(store)
    storage.put_new(store, "letter", b"x")
    storage.is_ready(store)


def test_a_store_whose_directory_is_gone_is_not_ready(tmp_path: Path) -> None:
    directory = tmp_path / "objects"
    store = storage.open_store(directory.as_uri())
    directory.rmdir()
    with pytest.raises(FileNotFoundError):
        storage.is_ready(store)
