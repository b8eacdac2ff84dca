"""Archives of imports in the object store: sealed parts, which read like one file.

A list of an import names its two files by their place in the archive, so each archive is stored once and as
it was received.
"""

import io
import re
import uuid
from collections import OrderedDict
from dataclasses import dataclass

from services.kit.sizes import ARCHIVE_PART
from services.kit.storage import ObjectMissing, SealedObjects
from services.records.archives.failures import ReadTooLarge
from services.records.archives.indexes import MAX_READ
from services.records.archives.members import MemberUnreadable, Place, parse_place, unpack

# Bytes of each part but the last. An import keeps the size with which it began.
PART_SIZE = ARCHIVE_PART
# Parts that are in memory at one time.
_RECENT = 3
_KEY = re.compile(r"imports/([0-9a-f-]{36})/(\d{1,9})@(.+)")


def build_part_key(import_id: uuid.UUID, number: int) -> str:
    """Return the key under which a part of an archive is stored."""
    return f"imports/{import_id}/{number}"


@dataclass(frozen=True, slots=True)
class ArchivedFiles:
    """The two files of a list that was in an archive, by their places there.

    The archive itself is kept from its upload on, so a list has no objects of its own to keep.
    """

    header_object: str
    workers_object: str
    name: str | None = None
    keys: tuple[str, ...] = ()


def build_file_key(import_id: uuid.UUID, part_size: int, place: Place) -> str:
    """Return the key that names a file of an archive: the part in which it begins, and its place."""
    return f"imports/{import_id}/{part_size}@{place}"


def is_archived(key: str) -> bool:
    """Return whether a key names a file of an archive."""
    return _KEY.fullmatch(key) is not None


def read_archived(objects: SealedObjects, key: str) -> bytes:
    """Return a file of an archive. Raises ObjectMissing, and what the object store raises."""
    match = _KEY.fullmatch(key)
    if match is None:
        raise ObjectMissing(key)
    place = parse_place(match[3])
    archive = SealedArchive(objects, uuid.UUID(match[1]), place.offset + place.size, int(match[2]))
    archive.seek(place.offset)
    try:
        return unpack(archive.read(place.size), place)
    except MemberUnreadable as error:
        raise ObjectMissing(key) from error


class SealedArchive(io.RawIOBase):
    """An archive as a file for reading; its parts are unsealed as they are needed.

    Raises ReadTooLarge for a read of more than MAX_READ bytes, and what the object store raises.
    """

    def __init__(self, objects: SealedObjects, import_id: uuid.UUID, size: int, part_size: int) -> None:
        super().__init__()
        self._objects, self._import_id = objects, import_id
        self._size, self._part_size = size, part_size
        self._at = 0
        self._parts: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("a place before the beginning")
        self._at = base + offset
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        left = max(self._size - self._at, 0)
        wanted = left if size is None or size < 0 else min(size, left)
        if wanted > MAX_READ:
            raise ReadTooLarge
        pieces = []
        while wanted > 0:
            number, start = divmod(self._at, self._part_size)
            piece = self._read_part(number)[start : start + wanted]
            if not piece:
                break
            pieces.append(piece)
            self._at += len(piece)
            wanted -= len(piece)
        return b"".join(pieces)

    def _read_part(self, number: int) -> bytes:
        if number in self._parts:
            self._parts.move_to_end(number)
        else:
            self._parts[number] = self._objects.read(build_part_key(self._import_id, number))
            if len(self._parts) > _RECENT:
                self._parts.popitem(last=False)
        return self._parts[number]
