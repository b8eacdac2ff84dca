"""Objects as they come: written once under their final key and never overwritten.

Where a store is away, each of these raises what obstore raises (BaseError or OSError) within `TIMEOUT` and
`RETRY_TIMEOUT`; a request is then answered 503.
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
    from obstore import ObjectMeta  # its stubs alone have it

PAGE = 500
# Shorter than the patience of the worker that waits for an answer; obstore's own are 30 s and 10 retries.
TIMEOUT = timedelta(seconds=6)
CONNECT_TIMEOUT = timedelta(seconds=2)
RETRIES = 2
# No retry begins later than this.
RETRY_TIMEOUT = timedelta(seconds=3)


class S3Config(TypedDict, total=False):
    """What may be said of an S3-compatible store; the rest is as obstore's `AWS_*` variables have it."""

    endpoint: str
    region: str
    access_key_id: str
    secret_access_key: str


class ObjectMissing(Exception):
    """No object under that key."""


class ObjectExists(Exception):
    """There is another object under that key; it was left as it is."""


def open_store(url: str, s3: S3Config | None = None) -> ObjectStore:
    """The store a URL names: ``file:///dir`` (made if need be), ``s3://bucket/prefix`` or ``memory:///``.

    Raises SettingsError for any other.
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
    raise SettingsError("GOVAH_STORAGE_URL is none of file:///…, s3://bucket/prefix, memory:///")


def _open_s3(url: str, s3: S3Config) -> S3Store:
    return S3Store.from_url(
        url,
        # Who writes http:// means it: a store on the same closed network.
        client_options={"allow_http": True, "timeout": TIMEOUT, "connect_timeout": CONNECT_TIMEOUT},
        retry_config={"max_retries": RETRIES, "retry_timeout": RETRY_TIMEOUT},
        **s3,
    )


def put_new(store: ObjectStore, key: str, data: bytes) -> None:
    """Write an object that was not there; once this returns, it outlives a power failure.

    The same bytes once more are no error, since a store may have written them and its answer got lost.
    Raises ObjectExists when the key is another object's.
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
    """Write an object whether or not it was there; who reads it meanwhile gets the old or the new one."""
    if isinstance(store, LocalStore):
        local.replace_object(store, key, data)
    else:
        obstore.put(store, key, data)


def read(store: ObjectStore, key: str) -> bytes:
    """The object's bytes. Raises ObjectMissing."""
    try:
        return bytes(obstore.get(store, key).bytes())
    except (NotFoundError, FileNotFoundError) as error:
        raise ObjectMissing(key) from error


def read_start(store: ObjectStore, key: str, length: int) -> bytes:
    """The object's first bytes, at most so many. Raises ObjectMissing."""
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
    """Take an object away; one that is not there is no error."""
    try:
        obstore.delete(store, key)
    except (NotFoundError, FileNotFoundError):
        return


def list_pages(store: ObjectStore) -> Iterator[Sequence["ObjectMeta"]]:
    """All objects, `PAGE` at a time, read as they are asked for; half-written ones are not among them."""
    _probe_store(store)
    yield from obstore.list(store, chunk_size=PAGE)


def check_store(store: ObjectStore) -> None:
    """Raise whatever the store raises when it does not answer; OSError when a disk takes no more letters."""
    _probe_store(store)
    if isinstance(store, LocalStore):
        local.require_room(store)


def _probe_store(store: ObjectStore) -> None:
    if isinstance(store, LocalStore):
        # obstore takes a directory that is gone, perhaps a volume not mounted, for an empty one.
        local.find_directory(store).stat()
    next(iter(obstore.list(store, chunk_size=1)), None)
