"""Papers that people attach to their objections: five at most, while the objection is a draft or submitted.

A paper is inspected and written to the object store before the transaction that names it.
"""

import hashlib
import uuid
from typing import NamedTuple

import structlog
from sqlalchemy.orm import Session

from services.kit.db import Sessions
from services.kit.endings import add_ending
from services.kit.storage import SealedObjects
from services.records.actions import files
from services.records.actions.accesses import record_access
from services.records.actions.objections import find_own_objection, lock_own_objection
from services.records.attachments.inspection import Paper
from services.records.models import AccessKind, Attachment, Ending, Objection, ObjectionStatus, Person
from services.records.refusals import AttachmentsFull, AttachmentUnknown
from services.records.store.objections import find_objection

MAX_ATTACHMENTS = 5
# Bytes of a file as it is sent.
MAX_SIZE = 5 * 1024 * 1024
ATTACHABLE = (ObjectionStatus.DRAFT, ObjectionStatus.SUBMITTED)

log = structlog.get_logger()


class StoredPaper(NamedTuple):
    """An inspected paper that is in the object store under `key`."""

    key: str
    media_type: str
    size: int
    sha256: str


def check_room(session: Session, person: Person, objection_id: uuid.UUID) -> Objection:
    """Return a person's own objection that takes another paper, and lock the person's row.

    Raises AttachmentsFull, and as `lock_own_objection` does.
    """
    objection = lock_own_objection(session, person, objection_id, ATTACHABLE)
    if len(objection.attachments) >= MAX_ATTACHMENTS:
        raise AttachmentsFull
    return objection


def store_paper(sessions: Sessions, objects: SealedObjects, paper: Paper) -> StoredPaper:
    """Return a paper after writing it to the object store. Raises what the object store raises."""
    key = f"attachments/{uuid.uuid4()}"
    files.store_files(sessions, objects, {key: paper.content})
    sha256 = hashlib.sha256(paper.content).hexdigest()
    return StoredPaper(key, paper.media_type.value, len(paper.content), sha256)


def attach_paper(session: Session, person: Person, objection_id: uuid.UUID, paper: StoredPaper) -> Attachment:
    """Return the attachment that was added to a person's own objection. Raises as `check_room` does."""
    objection = check_room(session, person, objection_id)
    files.keep_files(session, [paper.key])
    attachment = Attachment(
        media_type=paper.media_type, size=paper.size, sha256=paper.sha256, object_key=paper.key
    )
    objection.attachments.append(attachment)
    session.flush()
    log.info("attachment.added", objection=str(objection.id), attachment=str(attachment.id))
    return attachment


def delete_attachment(
    session: Session, person: Person, objection_id: uuid.UUID, attachment_id: uuid.UUID
) -> None:
    """Delete an attachment of a draft. Raises AttachmentUnknown, and as `lock_own_objection` does."""
    objection = lock_own_objection(session, person, objection_id, (ObjectionStatus.DRAFT,))
    attachment = _find_attachment(objection, attachment_id)
    add_ending(session, Ending, "attachment.deleted", attachment_id=attachment.id)
    remove_attachment(session, objection, attachment)


def remove_attachment(session: Session, objection: Objection, attachment: Attachment) -> None:
    """Remove an attachment from a locked draft."""
    files.release_files(session, [attachment.object_key])
    objection.attachments.remove(attachment)


def find_own_attachment(
    session: Session, person: Person, objection_id: uuid.UUID, attachment_id: uuid.UUID
) -> Attachment:
    """Return an attachment of a person's own objection. Raises ObjectionUnknown, AttachmentUnknown."""
    return _find_attachment(find_own_objection(session, person, objection_id), attachment_id)


def open_attachment(
    session: Session, objection_id: uuid.UUID, attachment_id: uuid.UUID, officer_id: str
) -> Attachment:
    """Return an attachment of a submitted objection, and record that the officer sees the person's data.

    Raises AttachmentUnknown.
    """
    objection = find_objection(session, objection_id)
    if objection is None or objection.status is ObjectionStatus.DRAFT:
        raise AttachmentUnknown
    attachment = _find_attachment(objection, attachment_id)
    record_access(session, officer_id, objection.person.id, AccessKind.DECISION)
    log.info("attachment.opened", attachment=str(attachment.id), officer=officer_id)
    return attachment


def _find_attachment(objection: Objection, attachment_id: uuid.UUID) -> Attachment:
    for attachment in objection.attachments:
        if attachment.id == attachment_id:
            return attachment
    raise AttachmentUnknown
