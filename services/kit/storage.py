"""Objects (letters) behind one URL: ``file:///dir``, ``s3://bucket/prefix`` or ``memory:///``.

Objects are written once under their final key and never overwritten.
"""

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.exceptions import AlreadyExistsError, NotFoundError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url


class ObjectMissing(Exception):
    """No object under that key."""


class ObjectExists(Exception):
    """There is an object under that key; it was left as it is."""


def open_store(url: str) -> ObjectStore:
    """The store a URL names; a local directory is made if it is not there."""
    parts = urlsplit(url)
    if parts.scheme == "memory":
        return MemoryStore()
    if parts.scheme == "file":
        directory = Path(url2pathname(parts.path))
        directory.mkdir(parents=True, exist_ok=True)
        return LocalStore(directory)
    return from_url(url)


def put_new(store: ObjectStore, key: str, data: bytes) -> None:
    """Write an object that was not there.

    Raises ObjectExists when the key is taken.
    """
    try:
        obstore.put(store, key, data, mode="create")
    except AlreadyExistsError as error:
        raise ObjectExists(key) from error


def read(store: ObjectStore, key: str) -> bytes:
    """The object's bytes. Raises ObjectMissing."""
    try:
        return bytes(obstore.get(store, key).bytes())
    except (NotFoundError, FileNotFoundError) as error:
        raise ObjectMissing(key) from error


def remove(store: ObjectStore, key: str) -> None:
    """Take an object away; one that is not there is no error."""
    try:
        obstore.delete(store, key)
    except (NotFoundError, FileNotFoundError):
        return


def is_ready(store: ObjectStore) -> None:
    """Raise whatever the store raises when it does not answer."""
    if isinstance(store, LocalStore) and store.prefix is not None:
        # obstore takes a directory that is gone, perhaps a volume not mounted, for an empty one.
        store.prefix.stat()
    next(iter(obstore.list(store, chunk_size=1)), None)
