"""What objects in a directory need beyond obstore, which never asks the disk to keep what it wrote."""

import errno
import os
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from obstore.store import LocalStore

# Bytes. A disk with less than the room for some letters is told of before it refuses one.
MIN_FREE_BYTES = 4 * 1024 * 1024
# obstore writes to such a name first, hides it from lists, and leaves it behind when it is killed.
UNFINISHED = re.compile(r".+#\d+")


def find_directory(store: LocalStore) -> Path:
    """The directory of a store that `open_store` opened."""
    assert store.prefix is not None
    return Path(store.prefix)


def require_room(store: LocalStore) -> None:
    """Raise OSError when the disk cannot be written to or is as good as full."""
    directory = find_directory(store)
    disk = os.statvfs(directory)
    if disk.f_flag & os.ST_RDONLY:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(directory))
    if disk.f_bavail * disk.f_frsize < MIN_FREE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(directory))


def sync_object(store: LocalStore, key: str) -> None:
    """Have the disk keep an object and the directories on its way. Raises OSError."""
    top = find_directory(store)
    path = top / key
    sync_path(path)
    for directory in path.parents:
        sync_path(directory)
        if directory == top:
            break


def replace_object(store: LocalStore, key: str, data: bytes) -> None:
    """Write an object anew; after a power failure the old or the new one is there. Raises OSError."""
    path = find_directory(store) / key
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
    sync_path(path.parent)


def list_leftovers(store: object) -> Iterator[Sequence[Path]]:
    """Files that were never finished, or are being written just now: a list for each directory of a store.

    Most are empty; a store that is no directory has none.
    """
    if isinstance(store, LocalStore):
        for directory, _, names in os.walk(find_directory(store)):
            yield [Path(directory, name) for name in names if UNFINISHED.fullmatch(name)]


def remove_leftover(path: Path, older_than: timedelta) -> bool:
    """Remove a file that `list_leftovers` found if it is that old; returns whether it was."""
    # It may have been finished since, or its directory may be gone.
    with suppress(FileNotFoundError):
        if time.time() - path.stat().st_mtime > older_than.total_seconds():
            path.unlink()
            return True
    return False


def sync_path(path: Path) -> None:
    """Have the disk keep a file, or the names in a directory. Raises OSError."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
