"""Storing a rendered letter: the object first, then its row, the state and the events in one commit."""

import hashlib
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import structlog
from obstore.exceptions import BaseError as StorageError
from prometheus_client import Counter
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from services.disclosure.actions.activity import emit_event
from services.disclosure.actions.attempts import is_running_attempt, note_storage_outage
from services.disclosure.actions.letters import check_new_letter, replace_outdated_letters
from services.disclosure.errors import AttemptStale, DocumentDamaged
from services.disclosure.models import Letter, RequestState
from services.disclosure.store import citizens, letters, requests
from services.disclosure.store.queue import ClaimedRequest
from services.disclosure.store.requests import Delivery
from services.kit import storage
from services.kit.db import Sessions
from services.kit.problems import Unavailable
from services.kit.storage import KeyUnknown, ObjectDamaged, ObjectExists, ObjectMissing, SealedObjects

LETTERS = Counter("govah_letters", "Letters that were added to an inbox")

# As `build_object_key` makes them, and as the keys of snapshots beside them.
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
OBJECT_KEY = re.compile(rf"letters/\d{{4}}/({_UUID})/(\d{{1,9}})\.(?:pdf|json)", re.ASCII)

log = structlog.get_logger()


@dataclass(frozen=True)
class Document:
    """A PDF as a worker posts it; the hashes are in lowercase hex."""

    attempt_token: int
    sha256: str
    unsigned_sha256: str
    pages: int
    content: bytes


class Delivered(NamedTuple):
    """The letter of a document, whether it is new, and what its worker claimed next."""

    letter: Letter
    is_new: bool
    next_claim: ClaimedRequest | None = None


def store_document(
    sessions: Sessions,
    objects: SealedObjects,
    disclosure_id: uuid.UUID,
    document: Document,
    claim_next: Callable[[Session], ClaimedRequest | None] | None = None,
) -> Delivered:
    """Return the letter of this document; posting the same document again is valid.

    `claim_next` claims the worker's next request in the transaction that adds a new letter.

    The object is stored between two transactions, so that no database connection waits for the object store.

    Raises DocumentDamaged if the body does not have the hash that was sent, AttemptStale if the attempt is
    not the newest one, and what the object store raises. After an error of the object store, earlier attempts
    do not count. Nothing of a stale attempt is ever visible.
    """
    if hashlib.sha256(document.content).hexdigest() != document.sha256 or not _is_pdf(document.content):
        raise DocumentDamaged
    attempt = requests.find_attempt(sessions, disclosure_id)
    if attempt is None:
        raise AttemptStale
    if not is_running_attempt(attempt, document.attempt_token):
        with sessions() as session:
            return Delivered(_get_posted_letter(session, disclosure_id, document), is_new=False)
    key = build_object_key(disclosure_id, attempt.requested_at, attempt.attempt)
    try:
        _put_document(objects, key, document)
    except (StorageError, OSError, Unavailable):
        with sessions.begin() as session:
            note_storage_outage(session, disclosure_id)
        raise
    try:
        try:
            delivered = _commit_document(sessions, disclosure_id, key, document, claim_next)
        except DBAPIError as error:
            if claim_next is None:
                raise
            # No other request, whatever is wrong with it, may keep this letter from its inbox.
            log.error("next-claim.failed", reason=type(error).__name__)  # noqa: TRY400 -- quotes a statement
            delivered = _commit_document(sessions, disclosure_id, key, document)
    except AttemptStale:
        # Another worker has claimed the request in the meantime, so no row will ever name this object.
        objects.remove(key)
        raise
    if delivered.is_new:
        LETTERS.inc()
    return delivered


def _commit_document(
    sessions: Sessions,
    disclosure_id: uuid.UUID,
    key: str,
    document: Document,
    claim_next: Callable[[Session], ClaimedRequest | None] | None = None,
) -> Delivered:
    with sessions.begin() as session:
        # Locked, so that the same document from another thread is found here.
        delivery = requests.lock_delivery(session, disclosure_id)
        if not is_running_attempt(delivery.disclosure_request, document.attempt_token):
            return Delivered(_get_posted_letter(session, disclosure_id, document), is_new=False)
        letter = _add_letter(session, delivery, key, document)
        return Delivered(letter, True, claim_next(session) if claim_next else None)


def build_object_key(disclosure_id: uuid.UUID, requested_at: datetime, attempt: int) -> str:
    """Return the key under which an attempt's letter is stored."""
    return f"letters/{requested_at:%Y}/{disclosure_id}/{attempt}.pdf"


def parse_object_key(object_key: str) -> tuple[uuid.UUID, int] | None:
    """Return the disclosure request's id and the attempt of an object; None for a foreign key."""
    if match := OBJECT_KEY.fullmatch(object_key):
        return uuid.UUID(match[1]), int(match[2])
    return None


def _is_pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-")


def _get_posted_letter(session: Session, disclosure_id: uuid.UUID, document: Document) -> Letter:
    """Return the letter that this document became when it was posted before. Raises AttemptStale."""
    letter = letters.find_letter_of_request(session, disclosure_id)
    if letter and (letter.attempt, letter.sha256) == (document.attempt_token, document.sha256):
        return letter
    raise AttemptStale


def _put_document(objects: SealedObjects, key: str, document: Document) -> None:
    try:
        objects.put_new(key, document.content)
    except ObjectExists:
        # The same attempt posted it before, and its worker died before the response.
        if _read_object(objects, key) != document.content:
            raise AttemptStale from None


def _read_object(objects: SealedObjects, key: str) -> bytes:
    """Return the decrypted object, or the plain one that 0.1.0 stored. The caller compares its content.

    Raises Unavailable if the object store does not have it now.
    """
    try:
        try:
            return objects.read(key)
        except ObjectDamaged:
            content = storage.read(objects.store, key)
            if not _is_pdf(content):
                log.exception("document.damaged", object=key)
            return content
    except ObjectMissing as error:
        log.exception("document.missing", object=key)
        raise Unavailable from error
    except KeyUnknown as error:
        log.exception("document.key-unknown", object=key, key_id=error.key_id)
        raise Unavailable from error


def _add_letter(session: Session, delivery: Delivery, key: str, document: Document) -> Letter:
    disclosure_request = delivery.disclosure_request
    disclosure_request.move(RequestState.READY)
    letter = Letter(
        disclosure_id=disclosure_request.id,
        person_id=disclosure_request.person_id,
        serial=disclosure_request.serial,
        types=disclosure_request.types,
        issued_at=disclosure_request.requested_at,
        as_of=datetime.fromisoformat(delivery.as_of),
        covers_to_jalali=delivery.as_of_jalali[:7],
        attempt=document.attempt_token,
        object_key=key,
        sha256=document.sha256,
        unsigned_sha256=document.unsigned_sha256,
        pages=document.pages,
        size=len(document.content),
    )
    citizens.lock_citizen(session, disclosure_request.person_id)
    session.add(letter)
    session.flush()
    replace_outdated_letters(session, letter)
    _emit_ready(session, letter, delivery.now)
    check_new_letter(session, letter)
    log.info("letter.ready", disclosure_id=str(letter.disclosure_id), letter_id=str(letter.id))
    return letter


def _emit_ready(session: Session, letter: Letter, at: datetime) -> None:
    emit_event(
        session,
        "letter.ready",
        letter.person_id,
        {
            "disclosure_request_id": str(letter.disclosure_id),
            "letter_id": str(letter.id),
            "serial": letter.serial,
            "sha256": letter.sha256,
            "issued_at": letter.issued_at.isoformat(),
            "types": letter.types,
        },
        at,
    )


def read_document(objects: SealedObjects, letter: Letter) -> bytes:
    """Return the letter's signed PDF. Raises Unavailable if the object store does not have it whole."""
    content = _read_object(objects, letter.object_key)
    if hashlib.sha256(content).hexdigest() != letter.sha256:
        log.error("document.not-the-letter", letter_id=str(letter.id))
        raise Unavailable
    return content


def is_letter(session: Session, object_key: str, content: bytes) -> bool:
    """Return whether these are the bytes of the letter that is stored under that key."""
    return letters.find_sha256(session, object_key) == hashlib.sha256(content).hexdigest()
