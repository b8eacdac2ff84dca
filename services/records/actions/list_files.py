"""The two files of a list as they were received: read, stored before the import, fetched by officers."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Protocol

import structlog
from sqlalchemy.orm import Session

from services.kit.db import Sessions
from services.kit.ordered_ids import new_ordered_id
from services.kit.storage import SealedObjects
from services.records.actions import files
from services.records.actions.accesses import record_list_access
from services.records.errors import FileNotKept, ListRefused, ListUnknown
from services.records.lists import Finding, ListHeader, read_list
from services.records.lists.findings import ListFile
from services.records.lists.rows import WorkerRows
from services.records.models import ImportedList, ListVersion
from services.records.store.list_versions import find_version
from services.records.store.lists import find_list

log = structlog.get_logger()


class StoredFiles(Protocol):
    """Where the two files of a list are in the object store, the objects that the list keeps there, a name.

    `name` is that of the files as officers know them.
    """

    @property
    def header_object(self) -> str: ...

    @property
    def workers_object(self) -> str: ...

    @property
    def name(self) -> str | None: ...

    @property
    def keys(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class ReceivedFiles:
    """The two files of a list in the object store, under an id of their own."""

    id: uuid.UUID
    name: str | None = None

    @property
    def header_object(self) -> str:
        return f"lists/{self.id}/{ListFile.HEADER}"

    @property
    def workers_object(self) -> str:
        return f"lists/{self.id}/{ListFile.WORKERS}"

    @property
    def keys(self) -> tuple[str, str]:
        return self.header_object, self.workers_object


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file of a list: its object's key, and the hash of what was received."""

    list_position: int
    version: int
    key: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ValidList:
    """A list whose files have no error. The hashes are of the file that each is by its content.

    `is_swapped` says that the header and the workers' file came in each other's place.
    """

    header: ListHeader
    rows: WorkerRows
    findings: Sequence[Finding]
    findings_total: int
    content_sha256: str
    header_sha256: str
    workers_sha256: str
    is_swapped: bool = False
    # The hash that earlier versions stored for the content of these files.
    former_sha256: str | None = None
    # National codes of 8 or 9 digits, by row.
    short_codes: Mapping[int, str] = field(default_factory=dict)


def read_files(header: bytes, workers: bytes) -> ValidList:
    """Return the list in two files. Raises ListRefused with the findings."""
    parsed = read_list(header, workers, leaves_short_codes=True)
    if parsed.header is None or parsed.content_sha256 is None:
        log.info("list.refused", findings=parsed.findings_total)
        raise ListRefused([asdict(finding) for finding in parsed.findings], parsed.findings_total)
    if parsed.swapped:
        header, workers = workers, header
    return ValidList(
        parsed.header,
        parsed.rows,
        parsed.findings,
        parsed.findings_total,
        parsed.content_sha256,
        hashlib.sha256(header).hexdigest(),
        hashlib.sha256(workers).hexdigest(),
        parsed.swapped,
        parsed.former_sha256,
        parsed.short_codes,
    )


def store_list_files(
    sessions: Sessions, objects: SealedObjects, header: bytes, workers: bytes, name: str | None = None
) -> ReceivedFiles:
    """Return where a list's two files are after storing them. Raises what the object store raises."""
    received = ReceivedFiles(new_ordered_id(), name)
    files.store_files(sessions, objects, dict(zip(received.keys, (header, workers), strict=True)))
    return received


def find_list_file(
    session: Session, list_id: uuid.UUID, file: ListFile, version: int | None = None
) -> KeptFile:
    """Return where a file of a list is, by default of its current version.

    Raises ListUnknown, also for an unknown version, and FileNotKept for a list that was imported before files
    were stored_file.
    """
    imported = find_list(session, list_id)
    if imported is None:
        raise ListUnknown
    content: ImportedList | ListVersion | None = imported
    if version is not None and version != imported.version:
        content = find_version(session, imported.position, version)
    if content is None:
        raise ListUnknown
    key, sha256 = {
        ListFile.HEADER: (content.header_object, content.header_sha256),
        ListFile.WORKERS: (content.workers_object, content.workers_sha256),
    }[file]
    if key is None:
        raise FileNotKept
    return KeptFile(imported.position, content.version, key, sha256)


def record_file_access(session: Session, stored_file: KeptFile, file: ListFile, officer_id: str) -> None:
    """Record that an officer has got a file of a list; the workers' file has the data of everybody in it."""
    if file is ListFile.WORKERS:
        record_list_access(session, officer_id, stored_file.list_position, stored_file.version)
    log.info("list.file-read", object=stored_file.key, officer=officer_id)
