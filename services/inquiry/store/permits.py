"""Permits, sealed copies, tickets and documents."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.inquiry.models import (
    DocumentTicket,
    Letter,
    Objection,
    Permit,
    SealedCopy,
    StoredDocument,
)
from services.kit.db import read_database_time, select_sql_now, sql_now
from services.kit.sqlite import truncate_log_at_commit


def find_permit_by_code(session: Session, code_indexes: Collection[str]) -> Permit | None:
    """Return the permit of a pair of national code and secret code, locked."""
    query = sa.select(Permit).where(Permit.code_index.in_(code_indexes)).with_for_update(of=Permit)
    return session.scalars(query).one_or_none()


def get_permit(session: Session, permit_id: uuid.UUID) -> Permit:
    """Return a permit that exists."""
    return session.scalars(sa.select(Permit).where(Permit.id == permit_id)).one()


def select_permits(person_id: uuid.UUID) -> sa.Select[Permit]:
    """Return the query for a person's permits."""
    return sa.select(Permit).where(Permit.person_id == person_id)


def find_own_permit(session: Session, person_id: uuid.UUID, permit_id: uuid.UUID) -> Permit | None:
    """Return a person's permit, locked; None for the permit of another person."""
    query = select_permits(person_id).where(Permit.id == permit_id).with_for_update(of=Permit)
    return session.scalars(query).one_or_none()


def count_view(session: Session, permit_id: uuid.UUID) -> int | None:
    """Return the number of views with this one, or None, and count nothing, if the permit allows none now."""
    allowed = (
        sa.update(Permit)
        .where(
            Permit.id == permit_id,
            Permit.revoked_at.is_(None),
            Permit.paused_at.is_(None),
            Permit.expires_at > sql_now(),
            sa.or_(Permit.max_views.is_(None), Permit.view_count < Permit.max_views),
        )
        .values(view_count=Permit.view_count + 1)
        .returning(Permit.view_count)
    )
    return session.scalars(allowed, execution_options={"synchronize_session": False}).one_or_none()


def list_unexpired_permits(session: Session, person_id: uuid.UUID) -> Sequence[Permit]:
    """Return a person's permits that are neither revoked nor expired."""
    query = sa.select(Permit).where(
        Permit.person_id == person_id, Permit.revoked_at.is_(None), Permit.expires_at > sql_now()
    )
    return session.scalars(query).all()


def list_running_permits(session: Session, generation: int) -> Sequence[Permit]:
    """Return the permits that are sealed under a generation and can still be used."""
    query = sa.select(Permit).where(
        Permit.generation == generation,
        Permit.revoked_at.is_(None),
        Permit.expires_at > sql_now(),
        sa.or_(Permit.max_views.is_(None), Permit.view_count < Permit.max_views),
    )
    return session.scalars(query).all()


def delete_sealed_copy(session: Session, permit_id: uuid.UUID) -> None:
    """Delete what a permit's code opens."""
    _delete_keys(session, sa.delete(SealedCopy).where(SealedCopy.permit_id == permit_id))


def delete_expired_copies(session: Session) -> int:
    """Return how many sealed copies of expired permits were deleted."""
    return _delete_keys(
        session, sa.delete(SealedCopy).where(SealedCopy.expires_at <= read_database_time(session))
    )


def delete_tickets(session: Session, permit_id: uuid.UUID) -> None:
    """Delete the tickets for a permit's document."""
    _delete_keys(session, sa.delete(DocumentTicket).where(DocumentTicket.permit_id == permit_id))


def delete_expired_tickets(session: Session) -> int:
    """Return how many expired tickets were deleted."""
    return _delete_keys(
        session, sa.delete(DocumentTicket).where(DocumentTicket.expires_at <= read_database_time(session))
    )


def list_copies_of_revoked_letters(session: Session, limit: int) -> Sequence[uuid.UUID]:
    """Return permits of revoked letters that still have a sealed copy or a ticket."""
    revoked = sa.select(Letter.serial).where(Letter.revoked_at.is_not(None))
    permits = sa.select(Permit.id).where(Permit.serial.in_(revoked))
    copies = sa.select(SealedCopy.permit_id).where(SealedCopy.permit_id.in_(permits))
    tickets = sa.select(DocumentTicket.permit_id).where(DocumentTicket.permit_id.in_(permits))
    return session.scalars(sa.union(copies, tickets).limit(limit)).all()


def list_permits_of_letter(session: Session, serial: str) -> Sequence[uuid.UUID]:
    """Return the ids of all permits of a letter."""
    return session.scalars(sa.select(Permit.id).where(Permit.serial == serial)).all()


def delete_contents(session: Session, permit_id: uuid.UUID) -> None:
    """Delete whatever opens a permit's letter, now: copy, tickets, and soon the document."""
    delete_tickets(session, permit_id)
    delete_sealed_copy(session, permit_id)
    set_document_expiry(session, permit_id, sql_now())


def set_document_expiry(
    session: Session, permit_id: uuid.UUID, until: sa.ColumnElement[datetime] | datetime
) -> None:
    """Set the moment after which the sweeper removes a stored document."""
    document = sa.update(StoredDocument).where(StoredDocument.permit_id == permit_id)
    session.execute(document.values(remove_after=until))


def list_unused_documents(session: Session, limit: int) -> Sequence[uuid.UUID]:
    """Return the permits whose stored document can no longer be opened."""
    old = sa.select(StoredDocument.permit_id).where(StoredDocument.remove_after <= select_sql_now())
    return session.scalars(old.order_by(StoredDocument.remove_after).limit(limit)).all()


def delete_document_record(session: Session, permit_id: uuid.UUID) -> None:
    """Delete the row of a document that was removed from the object store."""
    session.execute(sa.delete(StoredDocument).where(StoredDocument.permit_id == permit_id))


def move_person(session: Session, merged_id: uuid.UUID, remaining_id: uuid.UUID) -> None:
    """Give the permits and objections of one person to another."""
    for model in (Permit, Objection):
        session.execute(
            sa.update(model)
            .where(model.person_id == merged_id)
            .values(person_id=remaining_id)
            .execution_options(synchronize_session="fetch")
        )


def _delete_keys(session: Session, rows: sa.Delete) -> int:
    """Return how many rows were deleted.

    They hold wrapped keys, so SQLite's write-ahead log is emptied after the commit.
    """
    result = session.execute(rows)
    count = result.rowcount if isinstance(result, sa.CursorResult) else 0
    if count:
        truncate_log_at_commit(session)
    return count
