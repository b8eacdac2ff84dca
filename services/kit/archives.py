"""Zip archives that people send, read within bounds: where the portal and `govah lists` find lists."""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

MAX_ENTRIES = 10_000
_CHUNK = 64 * 1024
_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
# Of foreign archives, whatever zipfile does not read: wrong offsets, unknown methods, encryption, cut data.
_UNREADABLE = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    zlib.error,
)


class ArchiveInvalid(ValueError):
    """The archive cannot be read: it is damaged, encrypted, or larger than the bounds."""


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file of an archive: its path below the archive, and its bytes."""

    path: str
    data: bytes


def is_zip(data: bytes) -> bool:
    """Return whether these bytes begin as a zip archive does."""
    return data[:4] in _MAGIC


def read_zip(data: bytes, suffix: str, most_bytes: int) -> Iterator[ArchivedFile]:
    """Yield the files of an archive whose names end in `suffix`, in any case; nested archives are not opened.

    `most_bytes` bounds what all of them take unpacked. Raises ArchiveInvalid.
    """
    left = most_bytes
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise ArchiveInvalid("too many entries")
            for entry in entries:
                if entry.is_dir() or not entry.filename.lower().endswith(suffix.lower()):
                    continue
                if entry.file_size > left:
                    raise ArchiveInvalid("larger than permitted")
                content = _read_entry(archive, entry, left)
                left -= len(content)
                yield ArchivedFile(_make_safe(entry.filename), content)
    except _UNREADABLE as error:
        if isinstance(error, ArchiveInvalid):
            raise
        raise ArchiveInvalid(type(error).__name__) from error


def _make_safe(path: str) -> str:
    """Return a path with slashes that leads to no place outside of the archive."""
    parts = path.replace("\\", "/").split("/")
    return "/".join(part for part in parts if part.strip(". ") and not part.endswith(":"))


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    # The directory may state a smaller size than the entry unpacks to, so the bytes are counted.
    content = bytearray()
    with archive.open(entry) as opened:
        while chunk := opened.read(_CHUNK):
            content += chunk
            if len(content) > most:
                raise ArchiveInvalid("larger than permitted")
    return bytes(content)
