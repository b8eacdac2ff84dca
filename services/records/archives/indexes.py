"""The lists of an archive: every pair of files in it, and files that belong to no pair.

Only the directory of the archive is read here. Its size and the number of its entries are bounded, since the
directory is what must be in memory as a whole.
"""

import struct
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from services.kit.archives import make_safe_path
from services.kit.list_pairs import FilePair, FoundFile, is_list_file, pair_files
from services.kit.sizes import MEBIBYTE
from services.records.archives.failures import ArchiveUnusable, ImportFailure, ReadTooLarge
from services.records.archives.members import Member

# Files of an archive, whatever they are. A thousand of them take about 0.5 MB of memory.
MAX_FILES = 400_000
# Bytes of the largest read: the directory of a zip archive with that many files.
MAX_READ = 40 * MEBIBYTE
# Bytes of the headers of one file in a tar archive: long names, attributes and the map of a sparse file.
MAX_HEADERS = MEBIBYTE
# Bytes that all list files of an archive take unpacked.
MAX_UNPACKED = 64 * 1024 * MEBIBYTE

_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What the readers raise of foreign archives; RecursionError of headers that announce another header each.
_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    NotImplementedError,
    EOFError,
    ValueError,
    OverflowError,
    IndexError,
    RecursionError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class ArchiveIndex:
    """The lists of an archive in the order in which they are imported, and files that are in no list.

    The order depends on nothing but the archive.
    """

    pairs: Sequence[FilePair[Member]]
    alone: Sequence[Member]
    repeated: Sequence[Member]


def read_index(archive: BinaryIO) -> ArchiveIndex:
    """Return the lists of an archive. Raises ArchiveUnusable, and what reading the archive raises."""
    archive.seek(0)
    is_zip = archive.read(4) in _ZIP_MAGIC
    archive.seek(0)
    try:
        members = list(_list_zip(archive) if is_zip else _list_tar(archive))
    except ReadTooLarge as error:
        raise ArchiveUnusable(ImportFailure.TOO_MANY_FILES) from error
    if sum(member.size for member in members) > MAX_UNPACKED:
        raise ArchiveUnusable(ImportFailure.TOO_LARGE_UNPACKED)
    pairing = pair_files(_split_path(member) for member in members)
    if not pairing.pairs:
        raise ArchiveUnusable(ImportFailure.NO_LISTS)
    # By place, so that the archive is read from its beginning to its end.
    pairs = sorted(pairing.pairs, key=lambda pair: (pair.header.start, pair.workers.start))
    alone, repeated = (
        sorted((one.file for one in group), key=attrgetter("start"))
        for group in (pairing.alone, pairing.repeated)
    )
    return ArchiveIndex(pairs, alone, repeated)


def _split_path(member: Member) -> FoundFile[Member]:
    path = PurePosixPath(member.path)
    return FoundFile(str(path.parent), path.name, member)


def _list_zip(archive: BinaryIO) -> Iterator[Member]:
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
    except _DAMAGED as error:
        if isinstance(error.__context__, OSError):
            # zipfile takes a disk that is away for a damaged archive.
            raise error.__context__ from None
        raise ArchiveUnusable(ImportFailure.ARCHIVE_DAMAGED) from error
    if len(entries) > MAX_FILES:
        raise ArchiveUnusable(ImportFailure.TOO_MANY_FILES)
    for entry in entries:
        path = _find_list_path(entry.filename)
        if path and not entry.is_dir():
            yield Member(
                path,
                entry.header_offset,
                entry.compress_size,
                entry.file_size,
                entry.compress_type == zipfile.ZIP_DEFLATED,
                entry.CRC,
                entry.compress_type in _METHODS and not entry.flag_bits & _ENCRYPTED,
            )


def _list_tar(archive: BinaryIO) -> Iterator[Member]:
    entries = 0
    headers = _BoundedReader(archive)
    try:
        with tarfile.open(fileobj=cast("BinaryIO", headers), mode="r:") as opened:
            while (entry := opened.next()) is not None:
                headers.left = MAX_HEADERS
                # Otherwise it would remember all of them.
                opened.members.clear()  # type: ignore[attr-defined]  # the stubs leave it out
                entries += 1
                if entries > MAX_FILES:
                    raise ArchiveUnusable(ImportFailure.TOO_MANY_FILES)
                path = _find_list_path(entry.name)
                if path and entry.isreg():
                    is_readable = not entry.issparse()
                    yield Member(path, entry.offset_data, entry.size, entry.size, is_readable=is_readable)
    except _DAMAGED as error:
        if isinstance(error, ArchiveUnusable):
            raise
        is_tar = entries > 0 or not isinstance(error, tarfile.ReadError)
        failure = ImportFailure.ARCHIVE_DAMAGED if is_tar else ImportFailure.NOT_AN_ARCHIVE
        raise ArchiveUnusable(failure) from error


class _BoundedReader:
    """An archive of which no more than `left` bytes can be read; raises ReadTooLarge for more."""

    def __init__(self, archive: BinaryIO) -> None:
        self._archive = archive
        self.seek, self.tell = archive.seek, archive.tell
        self.left = MAX_HEADERS

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > self.left:
            raise ReadTooLarge
        self.left -= size
        return self._archive.read(size)


def _find_list_path(name: str) -> str | None:
    """Return the path of a file of a list without steps that lead outside; None for any other file."""
    path = make_safe_path(name)
    return path if is_list_file(path.rpartition("/")[2]) else None
