"""The files of an archive: where each one is, and its content unpacked within bounds."""

import re
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from services.kit.sizes import LARGEST_FILE

_LOCAL_HEADER = 30
_LOCAL_MAGIC = b"PK\x03\x04"
_PLACE = re.compile(r"(\d{1,12})\+(\d{1,9})([sz])")


class MemberUnreadable(ValueError):
    """A file of an archive cannot be unpacked: it is encrypted, damaged, too large or packed unusually."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the bytes of a file are in an archive, and whether they are deflated."""

    offset: int
    size: int
    is_deflated: bool

    def __str__(self) -> str:
        return f"{self.offset}+{self.size}{'z' if self.is_deflated else 's'}"


def parse_place(text: str) -> Place:
    """Return the place that `str(place)` has written. Raises ValueError."""
    match = _PLACE.fullmatch(text)
    if match is None:
        raise ValueError("not a place in an archive")
    return Place(int(match[1]), int(match[2]), match[3] == "z")


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive as its directory describes it.

    `start` is where its bytes are, or in a zip archive, with a `checksum`, where its own header is. `packed`
    and `size` are its size in the archive and unpacked. `is_readable` is False if it is encrypted or packed
    in an unusual way.
    """

    path: str
    start: int
    packed: int
    size: int
    is_deflated: bool = False
    checksum: int | None = None
    is_readable: bool = True


def read_member(archive: BinaryIO, member: Member) -> tuple[Place, bytes]:
    """Return where the bytes of a file are, and its content. Raises MemberUnreadable."""
    if not member.is_readable or max(member.packed, member.size) > LARGEST_FILE:
        raise MemberUnreadable("encrypted, packed unusually or too large")
    start = member.start if member.checksum is None else _find_data(archive, member.start)
    place = Place(start, member.packed, member.is_deflated)
    content = unpack(_read_at(archive, start, member.packed), place)
    if len(content) != member.size or (
        member.checksum is not None and zlib.crc32(content) != member.checksum
    ):
        raise MemberUnreadable("damaged")
    return place, content


def unpack(packed: bytes, place: Place) -> bytes:
    """Return the content of a file from its bytes in the archive. Raises MemberUnreadable.

    A deflated file may unpack to a thousand times its size, so no more than LARGEST_FILE is unpacked.
    """
    if len(packed) != place.size:
        raise MemberUnreadable("cut short")
    if not place.is_deflated:
        return packed
    decompressor = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = decompressor.decompress(packed, LARGEST_FILE)
    except zlib.error as error:
        raise MemberUnreadable("damaged") from error
    if not decompressor.eof:
        raise MemberUnreadable("too large or cut short")
    return content


def _find_data(archive: BinaryIO, start: int) -> int:
    header = _read_at(archive, start, _LOCAL_HEADER)
    if len(header) < _LOCAL_HEADER or not header.startswith(_LOCAL_MAGIC):
        raise MemberUnreadable("damaged")
    lengths = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
    return start + _LOCAL_HEADER + sum(lengths)


def _read_at(archive: BinaryIO, start: int, size: int) -> bytes:
    archive.seek(start)
    return archive.read(size)
