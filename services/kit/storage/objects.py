"""Objects, stored unchanged: written once under their final key and never overwritten.

If a store is unavailable, each function raises what obstore raises (BaseError or OSError) within `TIMEOUT`
and `RETRY_TIMEOUT`; the request then gets a 503.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, ObjectStore, S3Store

from services.kit.settings import SettingsError
from services.kit.storage import local

if TYPE_CHECKING:
    from obstore import ObjectMeta  # exists in its stubs only

PAGE = 500
# Shorter than the timeout of the worker that waits for a response; obstore's defaults are 30 s and 10
# retries.
TIMEOUT = timedelta(seconds=6)
CONNECT_TIMEOUT = timedelta(seconds=2)
RETRIES = 2
# No retry starts later than this.
RETRY_TIMEOUT = timedelta(seconds=3)


class S3Config(TypedDict, total=False):
    """Settings of an S3-compatible store; the rest comes from obstore's `AWS_*` variables."""

    endpoint: str
    region: str
    access_key_id: str
    secret_access_key: str


class ObjectMissing(Exception):
    """There is no object under that key."""


class ObjectExists(Exception):
    """There is another object under that key; it was left as it is."""


def open_store(url: str, s3: S3Config | None = None) -> ObjectStore:
    """Return the store of a URL: ``file:///dir`` (created if missing), ``s3://bucket/prefix`` or ``memory:///``.

    Raises SettingsError for any other URL.
    """
    parts = urlsplit(url)
    if parts.scheme == "memory":
        return MemoryStore()
    if parts.scheme == "file":
        directory = Path(url2pathname(parts.path))
        directory.mkdir(parents=True, exist_ok=True)
        return LocalStore(directory)
    if parts.scheme == "s3" and parts.netloc:
        return _open_s3(url, s3 or {})
    raise SettingsError("the address of a store must be file:///…, s3://bucket/prefix or memory:///")


def _open_s3(url: str, s3: S3Config) -> S3Store:
    return S3Store.from_url(
        url,
        # http:// is intended: a store on the same closed network.
        client_options={"allow_http": True, "timeout": TIMEOUT, "connect_timeout": CONNECT_TIMEOUT},
        retry_config={"max_retries": RETRIES, "retry_timeout": RETRY_TIMEOUT},
        **s3,
    )


def put_new(store: ObjectStore, key: str, data: bytes) -> None:
    """Write a new object; when this returns, it survives a power failure.

    Writing the same bytes again succeeds, since a store may have written them and its response got lost.
    Raises ObjectExists when another object has the key.
    """
    try:
        # On S3 this is If-None-Match: *.
        obstore.put(store, key, data, mode="create")
    except AlreadyExistsError as error:
        if read(store, key) != data:
            raise ObjectExists(key) from error
    if isinstance(store, LocalStore):
        local.sync_object(store, key)


def overwrite(store: ObjectStore, key: str, data: bytes) -> None:
    """Write an object, whether or not it exists; a simultaneous reader gets the old or the new one."""
    if isinstance(store, LocalStore):
        local.replace_object(store, key, data)
    else:
        obstore.put(store, key, data)


def read(store: ObjectStore, key: str) -> bytes:
    """Return the object's bytes. Raises ObjectMissing."""
    try:
        return bytes(obstore.get(store, key).bytes())
    except (NotFoundError, FileNotFoundError) as error:
        raise ObjectMissing(key) from error


def read_start(store: ObjectStore, key: str, length: int) -> bytes:
    """Return the object's first bytes, at most `length`. Raises ObjectMissing."""
    try:
        return bytes(obstore.get_range(store, key, start=0, length=length))
    except (NotFoundError, FileNotFoundError) as error:
        raise ObjectMissing(key) from error
    except BaseError:
        # An empty object has no first byte.
        if obstore.head(store, key)["size"]:
            raise
        return b""


def remove(store: ObjectStore, key: str) -> None:
    """Remove an object, if it exists."""
    try:
        obstore.delete(store, key)
    except (NotFoundError, FileNotFoundError):
        return


def list_pages(store: ObjectStore) -> Iterator[Sequence["ObjectMeta"]]:
    """Yield all finished objects, `PAGE` at a time, read lazily."""
    _probe_store(store)
    yield from obstore.list(store, chunk_size=PAGE)


def check_store(store: ObjectStore) -> None:
    """Raise what the store raises when it is unavailable, and OSError when a disk is nearly full."""
    _probe_store(store)
    if isinstance(store, LocalStore):
        local.require_room(store)


def _probe_store(store: ObjectStore) -> None:
    if isinstance(store, LocalStore):
        # obstore treats a missing directory, perhaps a volume that is not mounted, as an empty one.
        local.find_directory(store).stat()
    next(iter(obstore.list(store, chunk_size=1)), None)
