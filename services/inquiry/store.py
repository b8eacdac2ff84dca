"""The queries of inquiry. Actions call them inside a transaction of the caller."""

import uuid
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.inquiry.models import (
    DocumentTicket,
    FeedCursor,
    Inquiry,
    Institution,
    Letter,
    Objection,
    Permit,
    Result,
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


def list_running_permits(session: Session, generation: int) -> Sequence[Permit]:
    """Return the permits that are sealed under a generation and can still be used."""
    query = sa.select(Permit).where(
        Permit.generation == generation,
        Permit.revoked_at.is_(None),
        Permit.expires_at > sql_now(),
        sa.or_(Permit.max_views.is_(None), Permit.view_count < Permit.max_views),
    )
    return session.scalars(query).all()


def select_views(permit: Permit) -> sa.Select[Inquiry]:
    """Return the query for a permit's inquiries and the failed attempts on its owner since its issue."""
    attempt = sa.and_(
        Inquiry.permit_id.is_(None), Inquiry.person_tag == permit.person_tag, Inquiry.at >= permit.created_at
    )
    return sa.select(Inquiry).where(sa.or_(Inquiry.permit_id == permit.id, attempt))


def find_answered(session: Session, inquiry_id: uuid.UUID) -> tuple[Inquiry, Permit] | None:
    """Return an answered inquiry and its permit."""
    query = (
        sa.select(Inquiry, Permit)
        .join(Permit, Permit.id == Inquiry.permit_id)
        .where(Inquiry.id == inquiry_id, Inquiry.result == Result.ANSWERED)
    )
    row = session.execute(query).one_or_none()
    return (row[0], row[1]) if row else None


def list_unreported_attempts(session: Session, limit: int) -> Sequence[Inquiry]:
    """Return failed attempts that were not reported to the person, oldest first, locked."""
    query = sa.select(Inquiry).where(~Inquiry.is_reported).order_by(Inquiry.position).limit(limit)
    return session.scalars(query.with_for_update()).all()


def map_persons_by_tag(session: Session, tags: Collection[str]) -> dict[str, list[uuid.UUID]]:
    """Return the ids of the people who have had a permit under the national code of a tag, by tag.

    They are several if the code of one person was corrected, and another one has it now.
    """
    query = sa.select(Permit.person_tag, Permit.person_id).where(Permit.person_tag.in_(tags)).distinct()
    persons: dict[str, list[uuid.UUID]] = {}
    for tag, person_id in session.execute(query.order_by(Permit.person_id)):
        persons.setdefault(tag, []).append(person_id)
    return persons


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


def ensure_letter(session: Session, serial: str, sha256: str, issued_at: datetime) -> Letter:
    """Return the letter's row in the register, and create it if it is missing."""
    if letter := session.get(Letter, serial):
        return letter
    letter = Letter(serial=serial, sha256=sha256, issued_at=issued_at)
    try:
        with session.begin_nested():
            session.add(letter)
    except IntegrityError:
        # The consumer and a new permit have inserted the same letter simultaneously.
        return session.get_one(Letter, serial)
    return letter


def find_letter_by_hash(session: Session, sha256: str) -> Letter | None:
    """Return the letter whose PDF has this SHA-256."""
    return session.scalars(sa.select(Letter).where(Letter.sha256 == sha256).limit(1)).one_or_none()


def find_first_letter(session: Session, serials: Collection[str]) -> Letter | None:
    """Return the first registered letter that has one of these serials."""
    query = sa.select(Letter).where(Letter.serial.in_(serials)).order_by(Letter.serial).limit(1)
    return session.scalars(query).one_or_none()


def list_objections(session: Session, person_id: uuid.UUID) -> Sequence[Objection]:
    """Return a person's registered objections, oldest first."""
    query = sa.select(Objection).where(Objection.person_id == person_id)
    return session.scalars(query.order_by(Objection.submitted_at, Objection.id)).all()


def find_complete_moment(session: Session, source: str) -> datetime | None:
    """Return a moment up to which all of a service's feed was read, or None."""
    return session.scalars(sa.select(FeedCursor.complete_at).where(FeedCursor.source == source)).one_or_none()


def set_complete_moment(session: Session, source: str, at: datetime) -> None:
    """Store that a service's feed was read to its end, which was asked for at this moment or later."""
    cursor = session.get(FeedCursor, source, with_for_update=True)
    if cursor is None:
        # No event has come yet. Another consumer may insert the row first.
        with suppress(IntegrityError), session.begin_nested():
            session.execute(sa.insert(FeedCursor).values(source=source, last=0))
        cursor = session.get_one(FeedCursor, source, with_for_update=True)
    if cursor.complete_at is None or cursor.complete_at < at:
        cursor.complete_at = at


def lock_feed(session: Session, source: str) -> None:
    """Wait for the consumer of a service's feed, and let it wait until the transaction ends."""
    session.execute(sa.select(FeedCursor.last).where(FeedCursor.source == source).with_for_update(read=True))


def move_person(session: Session, merged_id: uuid.UUID, remaining_id: uuid.UUID) -> None:
    """Give the permits and objections of one person to another."""
    for model in (Permit, Objection):
        session.execute(
            sa.update(model)
            .where(model.person_id == merged_id)
            .values(person_id=remaining_id)
            .execution_options(synchronize_session="fetch")
        )


def save_institution(session: Session, institution_id: uuid.UUID, name: str) -> None:
    """Insert an institution, or update its name."""
    if institution := find_institution(session, institution_id):
        institution.name = name
    else:
        session.add(Institution(id=institution_id, name=name))


def find_institution(session: Session, institution_id: uuid.UUID) -> Institution | None:
    """Return an institution."""
    return session.scalars(sa.select(Institution).where(Institution.id == institution_id)).one_or_none()


def _delete_keys(session: Session, rows: sa.Delete) -> int:
    """Return how many rows were deleted.

    They hold wrapped keys, so SQLite's write-ahead log is emptied after the commit.
    """
    result = session.execute(rows)
    count = result.rowcount if isinstance(result, sa.CursorResult) else 0
    if count:
        truncate_log_at_commit(session)
    return count
