"""The file of keys under which objects are sealed: one line ``id:base64key`` each, the newest first.

The first key seals; all of them unseal. The file is checked before every use, so a rotation needs no restart.
"""

import base64
import binascii
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog

from services.kit.settings import SettingsError, read_secret
from services.kit.storage.local import sync_path

KEY_BYTES = 32
KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")

log = structlog.get_logger()


@dataclass(frozen=True)
class StorageKeys:
    """The keys of a file; `newest` is the id of the key that seals."""

    newest: str
    by_id: Mapping[str, bytes] = field(repr=False)


class KeyFile:
    """The keys of a file that may change while the program runs. Raises SettingsError if it has none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = _read_stamp(path)
        self._keys = read_keys(path)

    def read_current(self) -> StorageKeys:
        """Return the keys as the file has them now, or had them before it became invalid."""
        stamp = _read_stamp(self._path)
        if stamp != self._seen:
            self._seen = stamp
            try:
                self._keys = read_keys(self._path)
            except SettingsError as error:
                log.error("storage-keys.unusable", reason=str(error))  # noqa: TRY400 -- the reason is enough
            else:
                log.info("storage-keys.read", newest=self._keys.newest, keys=len(self._keys.by_id))
        return self._keys


def _read_stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def read_keys(path: Path) -> StorageKeys:
    """Return the keys of a file. Raises SettingsError, which names file and line and shows no value."""
    by_id: dict[str, bytes] = {}
    for number, line in enumerate(read_secret(path).get_secret_value().splitlines(), 1):
        if not line.strip():
            continue
        key_id, _, encoded = line.strip().partition(":")
        if not KEY_ID.fullmatch(key_id):
            raise SettingsError(f"key file {path.name}, line {number}: this is not id:key")
        if key_id in by_id:
            raise SettingsError(f"key file {path.name}, line {number}: this id is there already")
        by_id[key_id] = _decode(encoded, f"key file {path.name}, line {number}")
    return StorageKeys(next(iter(by_id)), by_id)


def _decode(encoded: str, place: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise SettingsError(f"{place}: the key is not base64") from None
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{place}: the key has {len(key)} bytes, not {KEY_BYTES}")
    return key


def new_key_line() -> str:
    """Return a new key as a line of the file, without the newline; the id contains the date."""
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return f"{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(3)}:{key}"


def rotate_keys(path: Path) -> StorageKeys:
    """Return the keys of a file after adding a new one at its top; the file changes atomically.

    Raises SettingsError for a malformed file, and OSError where it cannot be written.
    """
    read_keys(path)
    part = path.with_name(f"{path.name}.part")
    # Only one rotation at a time: of two, the first key would be lost, with what was sealed under it.
    with part.open("x", encoding="utf-8") as file:
        try:
            os.fchmod(file.fileno(), path.stat().st_mode & 0o777)
            file.write(f"{new_key_line()}\n{path.read_text('utf-8')}")
            file.flush()
            os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    sync_path(path.parent)
    return read_keys(path)
