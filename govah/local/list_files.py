"""Employers' list files on disk, in folders and zip archives: found, paired, uploaded."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal, Protocol

from govah_client.client import Client
from govah_client.lists import Finding, ListRefused
from services.kit.archives import ArchiveInvalid, read_zip
from services.kit.list_pairs import FoundFile, pair_files
from services.kit.problems import Text

UNOPENED = Text(
    "این فایل باز نمی‌شود. بررسی کنید که اجازه خواندن آن را دارید.",
    "This file cannot be opened. Check that you may read it.",
)

Outcome = Literal["accepted", "already-there", "refused"]

# Bytes that the list files of one archive take unpacked.
MAX_UNPACKED = 512 * 1024 * 1024


class ListsUnreadable(ValueError):
    """An archive or a file cannot be read; `path` says which one, and `reason` has words about it."""

    def __init__(self, path: Path, reason: Text) -> None:
        super().__init__(f"{path}: {reason.en}")
        self.path, self.reason = path, reason


class ReadableFile(Protocol):
    """A file that a path names, on disk or in an archive."""

    @property
    def name(self) -> str: ...

    def read_bytes(self) -> bytes:
        """Return the content of the file."""


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A list file of an archive, unpacked."""

    name: str
    data: bytes

    def read_bytes(self) -> bytes:
        """Return the content of the file."""
        return self.data


@dataclass(frozen=True)
class ListPair:
    """The two files of one employer's list, and the path of the folder that they are in.

    `number` is the part of the names that both share: 00 unless a folder has several lists.
    """

    folder: str
    number: str
    header: ReadableFile
    workers: ReadableFile

    @property
    def label(self) -> str:
        """Return what people call the list: its folder, with the number where it is not 00."""
        return self.folder if self.number in {"", "00"} else f"{self.folder} ({self.number})"

    @property
    def file_name(self) -> str:
        """Return the header's file with its innermost folder, by which officers find the list."""
        return f"{PurePosixPath(self.folder).name}/{self.header.name}"


def find_lists(path: Path) -> list[ListPair]:
    """Return the lists in a zip archive, or below a directory with the archives in it, by folder and number.

    Raises ListsUnreadable for an archive that cannot be read.
    """
    if path.is_file():
        return list(_find_packed(path))
    files = sorted(file for file in path.rglob("*") if file.is_file())
    pairs = list(_pair_files((str(file.parent), file) for file in files))
    for file in files:
        if file.suffix.lower() == ".zip":
            pairs += _find_packed(file)
    return pairs


def _find_packed(archive: Path) -> Iterator[ListPair]:
    try:
        data = archive.read_bytes()
        packed = [(PurePosixPath(file.path), file.data) for file in read_zip(data, ".dbf", MAX_UNPACKED)]
    except ArchiveInvalid as error:
        raise ListsUnreadable(archive, error.reason) from error
    except OSError as error:
        raise ListsUnreadable(archive, UNOPENED) from error
    files = sorted(
        ((str(archive / inside.parent), PackedFile(inside.name, data)) for inside, data in packed),
        key=lambda file: (file[0], file[1].name),
    )
    return _pair_files(files)


def _pair_files(files: Iterable[tuple[str, ReadableFile]]) -> Iterator[ListPair]:
    """Yield the pairs of each folder."""
    for pair in pair_files(FoundFile(folder, file.name, file) for folder, file in files).pairs:
        yield ListPair(pair.folder, pair.number, pair.header, pair.workers)


def upload_list(officer: Client, pair: ListPair) -> tuple[Outcome, Sequence[Finding]]:
    """Return the outcome of one list's upload, and the findings."""
    try:
        imported, is_new = officer.records.upload_list(
            pair.header.read_bytes(), pair.workers.read_bytes(), file_name=pair.file_name
        )
    except ListRefused as refusal:
        return "refused", refusal.findings
    return "accepted" if is_new else "already-there", imported["findings"]
