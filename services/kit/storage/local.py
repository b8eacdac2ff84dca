"""What objects in a directory need beyond obstore, which never asks the disk to keep what it wrote."""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from obstore.store import LocalStore

# obstore writes to such a name first, hides it from lists, and leaves it behind when it is killed.
UNFINISHED = re.compile(r".+#\d+")


def directory_of(store: LocalStore) -> Path:
    """The directory of a store that `open_store` opened."""
    assert store.prefix is not None
    return Path(store.prefix)


def settle(store: LocalStore, key: str) -> None:
    """Have the disk keep an object and the directories on its way. Raises OSError."""
    top = directory_of(store)
    path = top / key
    sync(path)
    for directory in path.parents:
        sync(directory)
        if directory == top:
            break


def replace(store: LocalStore, key: str, data: bytes) -> None:
    """Write an object anew; after a power failure the old or the new one is there. Raises OSError."""
    path = directory_of(store) / key
    part = path.with_name(f"{path.name}#{secrets.randbits(64)}")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    sync(path.parent)


def leftovers(store: object) -> Iterator[Path]:
    """Files that were never finished, or are being written just now; only a directory can have some."""
    if isinstance(store, LocalStore):
        for path in directory_of(store).rglob("*#*"):
            if UNFINISHED.fullmatch(path.name) and path.is_file():
                yield path


def sync(path: Path) -> None:
    """Have the disk keep a file, or the names in a directory. Raises OSError."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
