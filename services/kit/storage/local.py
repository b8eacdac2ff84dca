"""What objects in a directory need beyond obstore, which never syncs to disk."""

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

# Bytes: the space of some letters. Less is reported before the disk rejects one.
MIN_FREE_BYTES = 4 * 1024 * 1024
# obstore writes to such a name first, hides it from lists, and leaves it if the process is killed.
UNFINISHED = re.compile(r".+#\d+")


def find_directory(store: LocalStore) -> Path:
    """Return the directory of a store that `open_store` opened."""
    assert store.prefix is not None
    return Path(store.prefix)


def require_room(store: LocalStore) -> None:
    """Raise OSError when the disk is read-only or nearly full."""
    directory = find_directory(store)
    disk = os.statvfs(directory)
    if disk.f_flag & os.ST_RDONLY:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(directory))
    if disk.f_bavail * disk.f_frsize < MIN_FREE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(directory))


def sync_object(store: LocalStore, key: str) -> None:
    """Sync an object and the directories of its path to disk. Raises OSError."""
    top = find_directory(store)
    path = top / key
    sync_path(path)
    for directory in path.parents:
        sync_path(directory)
        if directory == top:
            break


def replace_object(store: LocalStore, key: str, data: bytes) -> None:
    """Replace an object atomically, also if the power fails. Raises OSError."""
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
    """Yield the unfinished files of each directory of a store, including those that are being written now.

    Most lists are empty; a store that is not a directory has none.
    """
    if isinstance(store, LocalStore):
        for directory, _, names in os.walk(find_directory(store)):
            yield [Path(directory, name) for name in names if UNFINISHED.fullmatch(name)]


def remove_leftover(path: Path, older_than: timedelta) -> bool:
    """Remove a file that `list_leftovers` found if it is that old; return whether it was."""
    # It may have been finished since, or its directory may have been removed.
    with suppress(FileNotFoundError):
        if time.time() - path.stat().st_mtime > older_than.total_seconds():
            path.unlink()
            return True
    return False


def sync_path(path: Path) -> None:
    """Sync a file, or the names in a directory, to disk. Raises OSError."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
