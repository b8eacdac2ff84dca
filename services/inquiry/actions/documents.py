"""Sealed PDFs in the object store, and the tickets that open them for some minutes. Called by routes."""

import uuid
from dataclasses import dataclass, field

import structlog
from obstore.store import ObjectStore
from sqlalchemy.orm import Session

from services.inquiry import store
from services.inquiry.actions import sealing
from services.inquiry.models import DocumentTicket
from services.kit import box, storage
from services.kit.db import read_database_time, sql_now
from services.kit.problems import NotFound

TICKET_MINUTES, MAX_TICKET_MINUTES = 5, 15
MAX_TICKET_SECONDS = MAX_TICKET_MINUTES * 60

log = structlog.get_logger()


@dataclass(frozen=True)
class RedeemedTicket:
    """What a valid token gives: the letter's serial, and what decrypts its document."""

    serial: str
    terms: sealing.Terms
    key: bytes = field(repr=False)


def store_document(objects: ObjectStore, permit_id: uuid.UUID, sealed: bytes) -> None:
    """Write a sealed document to the object store."""
    storage.put_new(objects, _make_key(permit_id), sealed)


def remove_document(objects: ObjectStore, permit_id: uuid.UUID) -> None:
    """Remove a sealed document from the object store. Idempotent."""
    storage.remove(objects, _make_key(permit_id))


def issue_ticket(session: Session, terms: sealing.Terms, key: bytes, seconds: int) -> str:
    """Return a token with which the document can be fetched for so long."""
    ticket = sealing.new_ticket(key, terms)
    session.add(
        DocumentTicket(
            id=ticket.id,
            permit_id=terms.permit_id,
            wrapped_key=ticket.wrapped_key,
            expires_at=sql_now(seconds),
        )
    )
    return ticket.token


def redeem_ticket(session: Session, token: str) -> RedeemedTicket:
    """Return what a token gives. Raises NotFound.

    A ticket that was issued while its letter was being revoked gives nothing before the sweeper deletes it.
    """
    ticket = session.get(DocumentTicket, sealing.derive_ticket_id(token))
    if ticket is None or ticket.expires_at <= read_database_time(session):
        raise NotFound
    permit = store.get_permit(session, ticket.permit_id)
    if permit.letter.revoked_at:
        raise NotFound
    terms = sealing.Terms.from_permit(permit)
    try:
        return RedeemedTicket(permit.serial, terms, sealing.redeem_ticket(token, terms, ticket.wrapped_key))
    except box.SealBroken as error:
        raise _log_failure(terms, error) from None


def read_document(objects: ObjectStore, ticket: RedeemedTicket) -> bytes:
    """Return the PDF, from the object store and so outside of any transaction. Raises NotFound."""
    try:
        sealed = storage.read(objects, _make_key(ticket.terms.permit_id))
        return sealing.open_document(ticket.key, ticket.terms, sealed)
    except (box.SealBroken, storage.ObjectMissing) as error:
        raise _log_failure(ticket.terms, error) from None


def _log_failure(terms: sealing.Terms, error: Exception) -> NotFound:
    """Return the problem of a document that cannot be opened."""
    log.exception("document.not-opened", permit_id=str(terms.permit_id), reason=type(error).__name__)
    return NotFound()


def _make_key(permit_id: uuid.UUID) -> str:
    return f"sealed/{permit_id}"
