"""Sealed PDFs in the object store, and tickets that open them for five minutes. Called by routes."""

import uuid

import structlog
from obstore.store import ObjectStore
from sqlalchemy.orm import Session

from services.inquiry import store
from services.inquiry.actions import sealing
from services.inquiry.models import DocumentTicket
from services.kit import box, storage
from services.kit.db import database_time, sql_now
from services.kit.problems import NotFound

TICKET_SECONDS = 300

log = structlog.get_logger()


def put(objects: ObjectStore, permit_id: uuid.UUID, sealed: bytes) -> None:
    """Put a sealed document away."""
    storage.put_new(objects, _key(permit_id), sealed)


def remove(objects: ObjectStore, permit_id: uuid.UUID) -> None:
    """Take a sealed document out of the store; one that is not there is no error."""
    storage.remove(objects, _key(permit_id))


def issue_ticket(session: Session, terms: sealing.Terms, key: bytes) -> str:
    """Return a token with which the document can be fetched for `TICKET_SECONDS`."""
    ticket = sealing.new_ticket(key, terms)
    session.add(
        DocumentTicket(
            id=ticket.id,
            permit_id=terms.permit_id,
            wrapped_key=ticket.wrapped_key,
            expires_at=sql_now(TICKET_SECONDS),
        )
    )
    return ticket.token


def fetch(session: Session, objects: ObjectStore, token: str) -> tuple[str, bytes]:
    """Return the serial and the PDF that a token opens. Raises NotFound."""
    with session.begin():
        ticket = session.get(DocumentTicket, sealing.ticket_id(token))
        if ticket is None or ticket.expires_at <= database_time(session):
            raise NotFound
        permit = store.permit_by_id(session, ticket.permit_id)
    terms = sealing.Terms.of(permit)
    try:
        key = sealing.redeem(token, terms, ticket.wrapped_key)
        return permit.serial, sealing.open_document(key, terms, storage.read(objects, _key(permit.id)))
    except (box.SealBroken, storage.ObjectMissing) as error:
        log.exception("document.not-opened", permit_id=str(permit.id), reason=type(error).__name__)
        raise NotFound from None


def _key(permit_id: uuid.UUID) -> str:
    return f"sealed/{permit_id}"
