"""Taking a rendered letter in: the object first, then the row, the state and the events in one commit.

Called by the internal routes and by the page that shows a document, outside of any transaction.
"""

import hashlib
import re
import uuid
from dataclasses import dataclass
from datetime import datetime

import structlog
from obstore.exceptions import BaseError as StorageError
from prometheus_client import Counter
from sqlalchemy.orm import Session

from services.disclosure import store
from services.disclosure.actions import letters
from services.disclosure.actions.activity import tell
from services.disclosure.actions.attempts import lock_attempt, of_attempt
from services.disclosure.errors import AttemptStale, DocumentDamaged
from services.disclosure.models import DisclosureRequest, Letter, RequestState
from services.kit import storage
from services.kit.problems import Unavailable
from services.kit.storage import KeyUnknown, ObjectDamaged, ObjectExists, ObjectMissing, SealedObjects

LETTERS = Counter("govah_letters", "Letters that came into an inbox")

# As `_object_key` makes them.
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
OBJECT_KEY = re.compile(rf"letters/\d{{4}}/({_UUID})/(\d{{1,9}})\.(?:pdf|json)", re.ASCII)

log = structlog.get_logger()


@dataclass(frozen=True)
class Document:
    """A PDF as a worker posts it; the hashes are lowercase hex."""

    attempt_token: int
    sha256: str
    unsigned_sha256: str
    pages: int
    content: bytes


def store_document(
    session: Session, objects: SealedObjects, disclosure_id: uuid.UUID, document: Document
) -> tuple[Letter, bool]:
    """The letter of this document, and whether it is new: posting the same again is no error.

    Raises DocumentDamaged when the body does not have the hash that was sent, AttemptStale when the
    attempt is not the newest one, and what the store raises when it takes nothing; earlier attempts are
    not counted then. Nothing of a stale attempt can be seen, whatever moment it comes at.
    """
    if hashlib.sha256(document.content).hexdigest() != document.sha256 or not _is_pdf(document.content):
        raise DocumentDamaged
    with session.begin():
        found = _find(session, store.find_request(session, disclosure_id), document)
    if isinstance(found, Letter):
        return found, False
    key = _object_key(found)
    try:
        _put(objects, key, document)
    except (StorageError, OSError):
        # Rendered and brought here: it is not the request's fault, however long the store is away.
        with session.begin():
            lock_attempt(session, disclosure_id, document.attempt_token).tries = 1
        raise
    try:
        with session.begin():
            # Locked, so that the same document on its way to its row in another thread is found here.
            locked = store.lock_delivery(session, disclosure_id)
            found = _find(session, locked[0], document)
            if isinstance(found, Letter):
                return found, False
            letter = _deliver(session, locked, key, document)
    except AttemptStale:
        # A newer claim has come since, so no row will ever name this object.
        objects.remove(key)
        raise
    LETTERS.inc()
    return letter, True


def _object_key(request: DisclosureRequest) -> str:
    return f"letters/{request.requested_at:%Y}/{request.id}/{request.attempt}.pdf"


def attempt_of(object_key: str) -> tuple[uuid.UUID, int] | None:
    """Return the request and attempt of a letter or snapshot by its object key; None for another key."""
    if found := OBJECT_KEY.fullmatch(object_key):
        return uuid.UUID(found[1]), int(found[2])
    return None


def _is_pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-")


def _find(
    session: Session, request: DisclosureRequest | None, document: Document
) -> Letter | DisclosureRequest:
    """The request, if its newest attempt made this document, or the letter that it became when posted before.

    Raises AttemptStale.
    """
    try:
        return of_attempt(request, document.attempt_token)
    except AttemptStale:
        letter = store.letter_of(session, request.id) if request else None
        if letter and (letter.attempt, letter.sha256) == (document.attempt_token, document.sha256):
            return letter
        raise


def _put(objects: SealedObjects, key: str, document: Document) -> None:
    try:
        objects.put_new(key, document.content)
    except ObjectExists:
        # The same attempt posted it before and did not live to hear the answer.
        if _read(objects, key) != document.content:
            raise AttemptStale from None


def _read(objects: SealedObjects, key: str) -> bytes:
    """What was sealed; what is there, where it was not. Raises Unavailable where it cannot be had just now.

    0.1.0 sealed no letters. Whoever calls knows what the letter is, and takes nothing else for it.
    """
    try:
        try:
            return objects.read(key)
        except ObjectDamaged:
            found = storage.read(objects.store, key)
            if not _is_pdf(found):
                log.exception("document.damaged", object=key)
            return found
    except ObjectMissing as error:
        log.exception("document.missing", object=key)
        raise Unavailable from error
    except KeyUnknown as error:
        log.exception("document.key-unknown", object=key, key_id=error.key_id)
        raise Unavailable from error


def _deliver(
    session: Session, locked: tuple[DisclosureRequest, str, str, datetime], key: str, document: Document
) -> Letter:
    request, as_of, as_of_jalali, now = locked
    request.move(RequestState.READY)
    letter = Letter(
        disclosure_id=request.id,
        person_id=request.person_id,
        serial=request.serial,
        types=request.types,
        issued_at=request.requested_at,
        as_of=datetime.fromisoformat(as_of),
        covers_to_jalali=as_of_jalali[:7],
        attempt=document.attempt_token,
        object_key=key,
        sha256=document.sha256,
        unsigned_sha256=document.unsigned_sha256,
        pages=document.pages,
        size=len(document.content),
    )
    store.lock_citizen(session, request.person_id)
    session.add(letter)
    session.flush()
    letters.replace_older(session, letter)
    tell(
        session,
        "letter.ready",
        letter.person_id,
        {
            "disclosure_request_id": str(request.id),
            "letter_id": str(letter.id),
            "serial": letter.serial,
            "sha256": letter.sha256,
            "issued_at": letter.issued_at.isoformat(),
            "types": letter.types,
        },
        now,
    )
    letters.weigh(session, letter)
    log.info("letter.ready", disclosure_id=str(request.id), letter_id=str(letter.id))
    return letter


def read_document(objects: SealedObjects, letter: Letter) -> bytes:
    """The letter's PDF, as it was signed. Raises Unavailable when the store does not have it whole."""
    content = _read(objects, letter.object_key)
    if hashlib.sha256(content).hexdigest() != letter.sha256:
        log.error("document.not-the-letter", letter_id=str(letter.id))
        raise Unavailable
    return content


def is_letter(session: Session, object_key: str, content: bytes) -> bool:
    """Whether these are the bytes of the letter that is kept under that key."""
    return store.sha256_of_object(session, object_key) == hashlib.sha256(content).hexdigest()
