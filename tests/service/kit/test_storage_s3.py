"""An S3-compatible store that rejects us, is away or silent: reported immediately or in seconds."""

import socket
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from services.kit import storage
from services.kit.settings import SettingsError
from services.kit.storage import S3Config, StorageSettings, objects
from tests import servers
from tests.conftest import ROOM, Bucket

CALLS: list[Callable[[ObjectStore], Any]] = [
    lambda store: storage.put_new(store, "letter", b"x"),
    lambda store: storage.read(store, "letter"),
    lambda store: storage.remove(store, "letter"),
    lambda store: list(storage.list_pages(store)),
    storage.check_store,
]
NAMES = ["put", "read", "remove", "list", "ready"]
each_call = pytest.mark.parametrize("call", CALLS, ids=NAMES)
# What a worker waits for the answer, in seconds.
WORKERS_PATIENCE = 10


def store_at(endpoint: str) -> ObjectStore:
    access = S3Config(endpoint=endpoint, region="us-east-1", access_key_id="id", secret_access_key="secret")
    return storage.open_store("s3://letters/prefix", access)


@pytest.fixture
def silent() -> Iterator[str]:
    """Yield an address that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@each_call
def test_a_store_that_is_away(call: Callable[[ObjectStore], Any]) -> None:
    with pytest.raises(BaseError):
        call(store_at("http://127.0.0.1:1"))


@each_call
def test_a_store_that_does_not_answer(
    call: Callable[[ObjectStore], Any], silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    longest = objects.TIMEOUT + objects.RETRY_TIMEOUT
    assert longest.total_seconds() < WORKERS_PATIENCE
    monkeypatch.setattr(objects, "TIMEOUT", timedelta(seconds=0.4))
    monkeypatch.setattr(objects, "RETRY_TIMEOUT", timedelta(seconds=0.2))
    with pytest.raises(BaseError):
        call(store_at(silent))


@each_call
def test_credentials_that_the_store_does_not_know(
    call: Callable[[ObjectStore], Any], pytestconfig: pytest.Config
) -> None:
    store = store_at(servers.ensure_server(pytestconfig.stash[ROOM], "s3-closed"))
    with pytest.raises(BaseError, match=r"403|InvalidAccessKeyId"):
        call(store)


@pytest.mark.parametrize("call", [CALLS[0], *CALLS[3:]], ids=[NAMES[0], *NAMES[3:]])
def test_a_bucket_that_is_not_there(call: Callable[[ObjectStore], Any], bucket: Bucket) -> None:
    with pytest.raises((BaseError, OSError)):
        call(storage.open_store(f"s3://{uuid.uuid4().hex}", bucket.access))


def test_prefixes_keep_their_objects_apart(bucket: Bucket) -> None:
    one, other = (storage.open_store(f"{bucket.url}/{name}", bucket.access) for name in ("one", "other"))
    storage.put_new(one, "letter", b"x")
    assert list(storage.list_pages(other)) == []
    with pytest.raises(storage.ObjectMissing):
        storage.read(other, "letter")
    whole = storage.open_store(bucket.url, bucket.access)
    assert [item["path"] for page in storage.list_pages(whole) for item in page] == ["one/letter"]


def build_settings(
    tmp_path: Path, credentials: str | None, endpoint: str = "", region: str = ""
) -> StorageSettings:
    path = tmp_path / "disclosure.s3"
    path.write_text(credentials or "")
    away = "http://127.0.0.1:1"
    return StorageSettings(
        database_url="sqlite://",
        broker_url="redis://127.0.0.1:1",
        public_url=away,
        auth_url=away,
        client_secret_file=tmp_path / "none",
        storage_url="s3://letters",
        storage_endpoint=endpoint,
        storage_region=region,
        storage_credentials_file=None if credentials is None else path,
    )


def test_settings_say_where_and_by_which_credentials(tmp_path: Path) -> None:
    assert build_settings(tmp_path, "the-id\nthe-secret\n", "https://s3.example", "there").s3 == {
        "endpoint": "https://s3.example",
        "region": "there",
        "access_key_id": "the-id",
        "secret_access_key": "the-secret",
    }
    assert build_settings(tmp_path, None).s3 == {}


@pytest.mark.parametrize("credentials", ["only-one", "one two three", ""])
def test_malformed_credentials_are_reported_without_their_value(tmp_path: Path, credentials: str) -> None:
    with pytest.raises(SettingsError, match=r"disclosure\.s3") as raised:
        _ = build_settings(tmp_path, credentials).s3
    assert "one" not in str(raised.value)
