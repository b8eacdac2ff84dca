"""The tables of bulk imports: archives, the parts in which they arrive, and what came of their lists."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.kit import logging
from services.kit.db import BigKey, new_enum_type, sql_now
from services.records.archives.failures import ImportFailure
from services.records.models.base import Base
from services.records.models.files import MAX_KEY_LENGTH, MAX_PATH_LENGTH

# Characters of an archive's name.
MAX_NAME_LENGTH = 200


class ImportStatus(StrEnum):
    """The status of a bulk import. The last three are final."""

    RECEIVING = "receiving"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ListOutcome(StrEnum):
    """What came of one list of an import."""

    ACCEPTED = "accepted"
    ALREADY_THERE = "already-there"
    REFUSED = "refused"


OPEN_STATUSES = (ImportStatus.RECEIVING, ImportStatus.QUEUED, ImportStatus.RUNNING)
_NEXT: Mapping[ImportStatus, frozenset[ImportStatus]] = {
    ImportStatus.RECEIVING: frozenset({ImportStatus.QUEUED, ImportStatus.CANCELLED}),
    ImportStatus.QUEUED: frozenset({ImportStatus.RUNNING, ImportStatus.CANCELLED}),
    ImportStatus.RUNNING: frozenset(
        {ImportStatus.QUEUED, ImportStatus.DONE, ImportStatus.FAILED, ImportStatus.CANCELLED}
    ),
}


class TransitionForbidden(Exception):
    """An import cannot move from its status to the new one."""


class BulkImport(Base):
    """An archive of lists that is received in parts and then imported list by list.

    `attempt` is the fencing token: every claim raises it. `tries` counts claims since the last list that was
    finished. `claimable_at` is when the import may be claimed, and when the lease of a running one ends.
    `nudge_at` is when the sweeper publishes its task. While the archive is received, `claimable_at` is
    when the last part came.

    Lists are imported in one fixed order. `lists_done` is how many of them are finished, committed together
    with what came of them. So an import goes on where it stopped, and no list is counted twice.
    """

    __tablename__ = "imports"
    __table_args__ = (
        sa.CheckConstraint("(status = 'failed') = (failure_code IS NOT NULL)", name="failed_has_code"),
        sa.CheckConstraint("size > 0 AND part_size > 0", name="not_empty"),
        sa.Index(
            "ix_imports_open",
            "claimable_at",
            sqlite_where=sa.text("status IN ('receiving', 'queued', 'running')"),
            postgresql_where=sa.text("status IN ('receiving', 'queued', 'running')"),
        ),
    )

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    name: Mapped[str] = mapped_column(sa.String(MAX_NAME_LENGTH))
    size: Mapped[int] = mapped_column(sa.BigInteger())
    part_size: Mapped[int]
    status: Mapped[ImportStatus] = mapped_column(
        new_enum_type(ImportStatus, name="status", length=16), default=ImportStatus.RECEIVING
    )
    failure_code: Mapped[ImportFailure | None] = mapped_column(
        new_enum_type(ImportFailure, name="failure_code", length=24)
    )
    imported_by: Mapped[str] = mapped_column(sa.String(36))
    request_id: Mapped[str] = mapped_column(sa.String(64), default=logging.get_request_id)
    created_at: Mapped[datetime] = mapped_column(default=sql_now())
    received_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    attempt: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    claimable_at: Mapped[datetime] = mapped_column(default=sql_now())
    nudge_at: Mapped[datetime] = mapped_column(default=sql_now())
    lists: Mapped[int | None]
    lists_done: Mapped[int] = mapped_column(default=0)
    rows: Mapped[int] = mapped_column(sa.BigInteger(), default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    already_there: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0)

    @property
    def parts(self) -> int:
        """The number of parts of the archive."""
        return -(-self.size // self.part_size)

    def move(self, status: ImportStatus) -> None:
        """Move to another status. Raises TransitionForbidden."""
        if status not in _NEXT.get(self.status, frozenset()):
            raise TransitionForbidden(f"{self.status} to {status}")
        self.status = status


class ImportPart(Base):
    """A part of an archive that is stored, by its number from 0."""

    __tablename__ = "import_parts"

    import_position: Mapped[int] = mapped_column(sa.ForeignKey("imports.position"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    object_key: Mapped[str] = mapped_column(sa.String(MAX_KEY_LENGTH))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))


class ImportFinding(Base):
    """A list of an import that officers should look at: it was refused, or has findings.

    `findings` are those of a refused list. Those of an accepted one stand in the list itself. `number` is the
    place of the list in the import; files without a partner come after all lists.
    """

    __tablename__ = "import_findings"
    __table_args__ = (sa.UniqueConstraint("import_position", "number"),)

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    import_position: Mapped[int] = mapped_column(sa.ForeignKey("imports.position"))
    number: Mapped[int]
    path: Mapped[str] = mapped_column(sa.String(MAX_PATH_LENGTH))
    outcome: Mapped[ListOutcome] = mapped_column(new_enum_type(ListOutcome, name="outcome", length=16))
    list_id: Mapped[uuid.UUID | None]
    findings: Mapped[list[dict[str, Any]] | None] = mapped_column(sa.JSON(none_as_null=True))
    findings_total: Mapped[int]
