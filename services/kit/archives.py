"""Zip archives that people send, read within bounds: where the portal and `govah lists` find lists."""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from services.kit.problems import Text
from services.kit.text import group_thousands

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


NOT_ZIP = Text(
    "این فایل بایگانی zip نیست. پوشه لیست‌ها یا بایگانی zip آن‌ها را بدهید.",
    "This is not a zip archive. Give the folder of the lists, or a zip archive of them.",
)
DAMAGED = Text(
    "بایگانی zip ناقص یا آسیب‌دیده است. آن را دوباره بسازید یا دوباره دریافت کنید.",
    "The zip archive is cut short or damaged. Make it again, or download it again.",
)
ENCRYPTED = Text(
    "بایگانی zip رمز دارد. آن را بدون رمز دوباره بسازید.",
    "The zip archive is encrypted. Make it again without a password.",
)
METHOD_UNKNOWN = Text(
    "روش فشرده‌سازی این بایگانی zip خوانده نمی‌شود. آن را با فشرده‌سازی معمولی zip دوباره بسازید.",
    "The compression of this zip archive cannot be read. Make it again with the usual zip compression.",
)
TOO_MANY = Text(
    f"بایگانی zip بیش از {group_thousands(MAX_ENTRIES)} فایل دارد. آن را به چند بایگانی بخش کنید.",
    f"The zip archive has more than {MAX_ENTRIES:,} files. Split it into several archives.",
)
TOO_LARGE = Text(
    "فایل‌های این بایگانی zip بزرگ‌تر از حد مجاز است. آن را به چند بایگانی بخش کنید.",
    "The files of this zip archive are larger than permitted. Split it into several archives.",
)
_IS_ENCRYPTED = 0x1


class ArchiveInvalid(ValueError):
    """The archive cannot be read: it is damaged, encrypted, or larger than the bounds; `reason` has words."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


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
                raise ArchiveInvalid(TOO_MANY)
            for entry in entries:
                if entry.is_dir() or not entry.filename.lower().endswith(suffix.lower()):
                    continue
                if entry.flag_bits & _IS_ENCRYPTED:
                    raise ArchiveInvalid(ENCRYPTED)
                if entry.file_size > left:
                    raise ArchiveInvalid(TOO_LARGE)
                content = _read_entry(archive, entry, left)
                left -= len(content)
                yield ArchivedFile(make_safe_path(entry.filename), content)
    except _UNREADABLE as error:
        if isinstance(error, ArchiveInvalid):
            raise
        if isinstance(error, NotImplementedError):
            raise ArchiveInvalid(METHOD_UNKNOWN) from error
        raise ArchiveInvalid(DAMAGED if is_zip(data) else NOT_ZIP) from error


def make_safe_path(path: str) -> str:
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
                raise ArchiveInvalid(TOO_LARGE)
    return bytes(content)
