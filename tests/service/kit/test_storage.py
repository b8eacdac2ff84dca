"""Objects: written once, read back whole, whichever store keeps them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import obstore
import pytest
from obstore.store import ObjectStore

from services.kit import storage
from services.kit.settings import SettingsError
from services.kit.storage import objects


@pytest.fixture(params=["memory", "file", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "s3":
        bucket = request.getfixturevalue("bucket")
        return storage.open_store(bucket.url, bucket.access)
    return storage.open_store("memory:///" if request.param == "memory" else (tmp_path / "با فاصله").as_uri())


def list_keys(store: ObjectStore) -> list[str]:
    return sorted(item["path"] for page in storage.list_pages(store) for item in page)


def test_an_object_is_read_back_whole(store: ObjectStore) -> None:
    for key, data in {"letters/ab/1.pdf": bytes(range(256)) * 4096, "empty": b""}.items():
        storage.put_new(store, key, data)
        assert storage.read(store, key) == data


def test_an_object_is_never_overwritten(store: ObjectStore) -> None:
    storage.put_new(store, "letter", b"first")
    with pytest.raises(storage.ObjectExists):
        storage.put_new(store, "letter", b"second")
    assert storage.read(store, "letter") == b"first"


def test_writing_the_same_bytes_again_succeeds(store: ObjectStore) -> None:
    for _ in range(2):
        storage.put_new(store, "letter", b"first")
    assert storage.read(store, "letter") == b"first"


def test_only_one_of_simultaneous_writes_succeeds(store: ObjectStore) -> None:
    def put(number: int) -> int | None:
        try:
            storage.put_new(store, "letter", bytes([number]))
        except storage.ObjectExists:
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        written = [number for number in pool.map(put, range(8)) if number is not None]
    assert [bytes(written)] == [storage.read(store, "letter")]


def test_everything_is_listed_page_by_page(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [f"letters/{number // 5}/{number}" for number in range(25)]
    assert list_keys(store) == []
    for key in expected:
        storage.put_new(store, key, b"x")
    monkeypatch.setattr(objects, "PAGE", 10)
    pages = [len(page) for page in storage.list_pages(store)]
    assert (sum(pages), max(pages)) == (25, 10)
    assert list_keys(store) == sorted(expected)


def test_the_start_of_an_object_is_read_alone(store: ObjectStore) -> None:
    for data in (bytes(1000), b"short", b""):
        storage.put_new(store, f"of-{len(data)}", data)
        assert objects.read_start(store, f"of-{len(data)}", 100) == data[:100]
    with pytest.raises(storage.ObjectMissing):
        objects.read_start(store, "none", 100)


def test_an_object_is_replaced_whole(store: ObjectStore) -> None:
    storage.put_new(store, "a/letter", b"first")
    objects.overwrite(store, "a/letter", b"second")
    assert (storage.read(store, "a/letter"), list_keys(store)) == (b"second", ["a/letter"])


@pytest.mark.parametrize("url", ["", "letters", "http://127.0.0.1:1/letters", "s3:///", "ftp://host/letters"])
def test_url_without_a_store_is_rejected(url: str) -> None:
    with pytest.raises(SettingsError, match="the address of a store"):
        storage.open_store(url)


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
    storage.check_store(store)
    storage.put_new(store, "letter", b"x")
    storage.check_store(store)


def test_a_store_whose_directory_is_gone_is_not_ready(tmp_path: Path) -> None:
    directory = tmp_path / "objects"
    store = storage.open_store(directory.as_uri())
    directory.rmdir()
    with pytest.raises(FileNotFoundError):
        storage.check_store(store)
