"""Bulk imports from their beginning to the upload's end: parts are stored as they arrive, in any order.

A part may be sent again, so an upload that was interrupted goes on with the parts that are missing.
"""

import hashlib
import uuid
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from services.kit.db import Sessions, read_database_time
from services.kit.problems import BodyTooLarge, Forbidden
from services.kit.sizes import MEBIBYTE
from services.kit.storage import ObjectExists, SealedObjects
from services.records.actions import files
from services.records.actions.import_archives import PART_SIZE, build_part_key
from services.records.models import BulkImport, ImportPart, ImportStatus
from services.records.models.imports import OPEN_STATUSES
from services.records.refusals import (
    ImportIncomplete,
    ImportPartUnknown,
    ImportStatusDiffers,
    ImportUnknown,
    PartDiffers,
    PartSizeWrong,
)
from services.records.store import imports
from services.records.store.files import ensure_object, set_content

MAX_SIZE = 2048 * MEBIBYTE
# An upload that nobody goes on with is cancelled after this time.
ABANDONED_AFTER = timedelta(days=7)
BATCH = 100

log = structlog.get_logger()


def create_import(session: Session, name: str, size: int, officer_id: str) -> BulkImport:
    """Return a new import, whose archive will come in parts. Raises BodyTooLarge."""
    if size > MAX_SIZE:
        raise BodyTooLarge(limit="2 GiB")
    added = BulkImport(name=name, size=size, part_size=PART_SIZE, imported_by=officer_id)
    imports.add_import(session, added)
    log.info("import.created", import_id=str(added.id), size=size)
    return added


def get_import(session: Session, import_id: uuid.UUID, *, lock: bool = False) -> BulkImport:
    """Return the import of that id. Raises ImportUnknown."""
    bulk_import = imports.find_import(session, import_id, lock=lock)
    if bulk_import is None:
        raise ImportUnknown
    return bulk_import


def get_own_import(
    session: Session, import_id: uuid.UUID, officer_id: str, *, lock: bool = False
) -> BulkImport:
    """Return the import of that id for the officer under whose name its lists will stand.

    Raises ImportUnknown, and Forbidden for another officer.
    """
    bulk_import = get_import(session, import_id, lock=lock)
    if bulk_import.imported_by != officer_id:
        raise Forbidden
    return bulk_import


def store_part(
    sessions: Sessions,
    objects: SealedObjects,
    import_id: uuid.UUID,
    officer_id: str,
    number: int,
    content: bytes,
) -> ImportPart:
    """Return a part of an archive after storing it, or as it was stored before.

    Raises ImportUnknown, Forbidden, ImportPartUnknown, ImportStatusDiffers, PartSizeWrong, PartDiffers, and
    what the object store raises.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    key = build_part_key(import_id, number)
    with sessions.begin() as session:
        bulk_import = get_own_import(session, import_id, officer_id)
        stored = _check_part(session, bulk_import, number, len(content), sha256)
        if stored is not None:
            return stored
        ensure_object(session, key, sha256, len(content))
    # Before the transaction that names it, which must not wait for the object store.
    try:
        objects.put_new(key, content)
    except ObjectExists:
        # Another call has written it, which may have ended before it could say so.
        if objects.read(key) != content:
            raise PartDiffers from None
    with sessions.begin() as session:
        bulk_import = get_import(session, import_id, lock=True)
        stored = _check_part(session, bulk_import, number, len(content), sha256)
        if stored is not None:
            return stored
        set_content(session, key, sha256, len(content))
        files.keep_files(session, [key])
        part = ImportPart(
            import_position=bulk_import.position,
            number=number,
            object_key=key,
            size=len(content),
            sha256=sha256,
        )
        session.add(part)
        bulk_import.claimable_at = read_database_time(session)
    return part


def _check_part(
    session: Session, bulk_import: BulkImport, number: int, size: int, sha256: str
) -> ImportPart | None:
    """Return the part if it is stored with this content, None if it is not stored. Raises as `store_part`."""
    if not 0 <= number < bulk_import.parts:
        raise ImportPartUnknown
    expected = compute_part_size(bulk_import, number)
    if size != expected:
        raise PartSizeWrong(expected)
    part = imports.find_part(session, bulk_import.position, number)
    if part is not None and part.sha256 != sha256:
        raise PartDiffers
    if part is None and bulk_import.status is not ImportStatus.RECEIVING:
        raise ImportStatusDiffers(bulk_import.status)
    return part


def compute_part_size(bulk_import: BulkImport, number: int) -> int:
    """Return the number of bytes of a part; the last one has what is left."""
    return min(bulk_import.part_size, bulk_import.size - number * bulk_import.part_size)


def list_missing_parts(session: Session, bulk_import: BulkImport) -> Sequence[int]:
    """Return the numbers of the parts that are not stored yet."""
    stored = set(imports.list_part_numbers(session, bulk_import.position))
    return [number for number in range(bulk_import.parts) if number not in stored]


def complete_import(session: Session, import_id: uuid.UUID, officer_id: str) -> BulkImport:
    """Return an import whose archive is complete; its lists are imported from now on.

    A second call changes nothing. Raises ImportUnknown, Forbidden, ImportIncomplete, ImportStatusDiffers.
    """
    bulk_import = get_own_import(session, import_id, officer_id, lock=True)
    if bulk_import.status is ImportStatus.CANCELLED:
        raise ImportStatusDiffers(bulk_import.status)
    if bulk_import.status is not ImportStatus.RECEIVING:
        return bulk_import
    missing = list_missing_parts(session, bulk_import)
    if missing:
        raise ImportIncomplete(missing)
    now = read_database_time(session)
    bulk_import.move(ImportStatus.QUEUED)
    bulk_import.received_at = bulk_import.claimable_at = bulk_import.nudge_at = now
    log.info("import.received", import_id=str(import_id), parts=bulk_import.parts)
    return bulk_import


def cancel_import(session: Session, import_id: uuid.UUID) -> BulkImport:
    """Return an import after cancelling it; lists that were accepted stay.

    A worker that has it notices at its next list. Raises ImportUnknown, ImportStatusDiffers.
    """
    bulk_import = get_import(session, import_id, lock=True)
    if bulk_import.status is ImportStatus.CANCELLED:
        return bulk_import
    if bulk_import.status not in OPEN_STATUSES:
        raise ImportStatusDiffers(bulk_import.status)
    end_import(session, bulk_import, ImportStatus.CANCELLED)
    return bulk_import


def end_import(session: Session, bulk_import: BulkImport, status: ImportStatus) -> None:
    """Move an import to a final status. Its archive stays if a list came from it."""
    bulk_import.move(status)
    bulk_import.ended_at = read_database_time(session)
    if not bulk_import.accepted:
        files.release_files(session, imports.list_part_keys(session, bulk_import.position))
    log.info("import.ended", import_id=str(bulk_import.id), status=status, accepted=bulk_import.accepted)


def cancel_abandoned(sessions: Sessions, older_than: timedelta = ABANDONED_AFTER) -> int:
    """Return how many imports were cancelled whose upload nobody goes on with; a job of the housekeeping."""
    with sessions.begin() as session:
        abandoned = imports.lock_abandoned(session, older_than, BATCH)
        for bulk_import in abandoned:
            end_import(session, bulk_import, ImportStatus.CANCELLED)
    return len(abandoned)
