"""Bulk imports: an archive of any number of lists, sent in parts: `/api/v1/records/imports`."""

from dataclasses import dataclass
from typing import Literal, TypedDict

from govah_client.lists import Finding
from govah_client.pages import Page
from govah_client.transport import Transport, create_idempotency_key

IMPORTS = "/api/v1/records/imports"
ImportStatus = Literal["receiving", "queued", "running", "done", "failed", "cancelled"]
ListOutcome = Literal["accepted", "already-there", "refused"]


class ImportFailure(TypedDict):
    """Why an import failed as a whole."""

    code: Literal["not-an-archive", "archive-damaged", "too-many-files", "too-large-unpacked", "no-lists"]
    message: str


class Import(TypedDict):
    """A bulk import; `lists` is None until its archive was opened, `progress` in percent of the lists."""

    id: str
    name: str
    size: int
    status: ImportStatus
    failure: ImportFailure | None
    part_size: int
    parts: int
    parts_received: int
    imported_by: str
    created_at: str
    received_at: str | None
    ended_at: str | None
    lists: int | None
    lists_done: int
    progress: int
    rows: int
    accepted: int
    already_there: int
    refused: int
    held: int


class ImportWithParts(Import):
    """An import, and the numbers of the parts that have not arrived."""

    missing_parts: list[int]


class ImportPart(TypedDict):
    """A part of an archive that is stored."""

    number: int
    size: int
    sha256: str


class ImportedListFindings(TypedDict):
    """A list of an import that was refused or has findings; `path` is its place in the archive."""

    path: str
    outcome: ListOutcome
    list_id: str | None
    findings_total: int
    findings: list[Finding]


@dataclass(frozen=True)
class Imports:
    """Operations of bulk imports, for officers."""

    transport: Transport

    def create_import(self, name: str, size: int, *, idempotency_key: str | None = None) -> ImportWithParts:
        """Return a new import of an archive of `size` bytes, whose parts follow."""
        begun: ImportWithParts = self.transport.post(
            IMPORTS,
            {"name": name, "size": size},
            idempotency_key=idempotency_key or create_idempotency_key(),
        )
        return begun

    def put_part(self, import_id: str, number: int, content: bytes) -> ImportPart:
        """Return a part of an archive after sending it; all but the last have `part_size` bytes."""
        path = f"{IMPORTS}/{import_id}/parts/{number}"
        headers = {"Content-Type": "application/octet-stream"}
        part: ImportPart = self.transport.call("PUT", path, headers, content=content).json()
        return part

    def complete_import(self, import_id: str) -> ImportWithParts:
        """Return an import all of whose parts were sent; its lists are imported from now on."""
        completed: ImportWithParts = self.transport.post(f"{IMPORTS}/{import_id}/completion")
        return completed

    def get_import(self, import_id: str) -> ImportWithParts:
        """Return how far an import is."""
        current: ImportWithParts = self.transport.get(f"{IMPORTS}/{import_id}")
        return current

    def list_imports(
        self, *, status: ImportStatus | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[Import]:
        """Return the imports of all officers, newest first."""
        page: Page[Import] = self.transport.get(IMPORTS, status=status, limit=limit, cursor=cursor)
        return page

    def list_findings(
        self,
        import_id: str,
        *,
        outcome: ListOutcome | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[ImportedListFindings]:
        """Return the lists of an import that were refused or have findings."""
        page: Page[ImportedListFindings] = self.transport.get(
            f"{IMPORTS}/{import_id}/findings", outcome=outcome, limit=limit, cursor=cursor
        )
        return page

    def cancel_import(self, import_id: str) -> None:
        """Cancel an import; lists that were accepted stay."""
        self.transport.delete(f"{IMPORTS}/{import_id}")
