"""The queries of inquiry. Called by actions and background inside their transactions."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.inquiry.models import (
    DocumentTicket,
    Inquiry,
    Institution,
    Letter,
    Permit,
    Result,
    SealedCopy,
    StoredDocument,
)
from services.kit.db import database_time, sql_now, sql_now_once
from services.kit.sqlite import empty_log_after


def find_permit(session: Session, code_indexes: Collection[str]) -> Permit | None:
    """Return the permit that a pair of national code and secret code belongs to, locked."""
    query = sa.select(Permit).where(Permit.code_index.in_(code_indexes)).with_for_update(of=Permit)
    return session.scalars(query).one_or_none()


def permit_by_id(session: Session, permit_id: uuid.UUID) -> Permit:
    """Return a permit that is known to be there."""
    return session.scalars(sa.select(Permit).where(Permit.id == permit_id)).one()


def permits_of(person_id: uuid.UUID) -> sa.Select[Permit]:
    """Return the query of a person's permits."""
    return sa.select(Permit).where(Permit.person_id == person_id)


def own_permit(session: Session, person_id: uuid.UUID, permit_id: uuid.UUID) -> Permit | None:
    """Return a person's permit, locked."""
    query = permits_of(person_id).where(Permit.id == permit_id).with_for_update(of=Permit)
    return session.scalars(query).one_or_none()


def count_view(session: Session, permit_id: uuid.UUID) -> int | None:
    """Count a view if the permit allows one now, and return the new count; None when it does not."""
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


def running_permits(session: Session, generation: int) -> Sequence[Permit]:
    """Return the permits, sealed under a generation, that may still be used."""
    query = sa.select(Permit).where(
        Permit.generation == generation,
        Permit.revoked_at.is_(None),
        Permit.expires_at > sql_now(),
        sa.or_(Permit.max_views.is_(None), Permit.view_count < Permit.max_views),
    )
    return session.scalars(query).all()


def views_of(permit: Permit) -> sa.Select[Inquiry]:
    """Return the query of what its owner sees: its own inquiries, and failed attempts since it was issued."""
    attempt = sa.and_(
        Inquiry.permit_id.is_(None), Inquiry.person_tag == permit.person_tag, Inquiry.at >= permit.created_at
    )
    return sa.select(Inquiry).where(sa.or_(Inquiry.permit_id == permit.id, attempt))


def find_answered(session: Session, inquiry_id: uuid.UUID) -> tuple[Inquiry, Permit] | None:
    """Return an inquiry that was answered, and its permit."""
    query = (
        sa.select(Inquiry, Permit)
        .join(Permit, Permit.id == Inquiry.permit_id)
        .where(Inquiry.id == inquiry_id, Inquiry.result == Result.ANSWERED)
    )
    row = session.execute(query).one_or_none()
    return (row[0], row[1]) if row else None


def untold_attempts(session: Session, limit: int) -> Sequence[Inquiry]:
    """Return failed attempts that nobody was told of, oldest first, locked."""
    query = sa.select(Inquiry).where(~Inquiry.told).order_by(Inquiry.position).limit(limit)
    return session.scalars(query.with_for_update()).all()


def persons_by_tag(session: Session, tags: Collection[str]) -> dict[str, uuid.UUID]:
    """Return who of the tagged has had a permit."""
    query = sa.select(Permit.person_tag, Permit.person_id).where(Permit.person_tag.in_(tags)).distinct()
    return dict(session.execute(query).all())


def delete_sealed_copy(session: Session, permit_id: uuid.UUID) -> None:
    _delete_keys(session, sa.delete(SealedCopy).where(SealedCopy.permit_id == permit_id))


def delete_expired_copies(session: Session) -> int:
    """Delete the sealed copies of expired permits; returns how many there were."""
    return _delete_keys(session, sa.delete(SealedCopy).where(SealedCopy.expires_at <= database_time(session)))


def delete_tickets(session: Session, permit_id: uuid.UUID) -> None:
    _delete_keys(session, sa.delete(DocumentTicket).where(DocumentTicket.permit_id == permit_id))


def delete_expired_tickets(session: Session) -> int:
    """Delete the tickets whose time is over; returns how many there were."""
    return _delete_keys(
        session, sa.delete(DocumentTicket).where(DocumentTicket.expires_at <= database_time(session))
    )


def keep_document(
    session: Session, permit_id: uuid.UUID, until: sa.ColumnElement[datetime] | datetime
) -> None:
    """Keep a stored document until then; upkeep removes it afterwards."""
    document = sa.update(StoredDocument).where(StoredDocument.permit_id == permit_id)
    session.execute(document.values(remove_after=until))


def useless_documents(session: Session, limit: int) -> Sequence[uuid.UUID]:
    """Return the permits of documents that nothing opens any more."""
    old = sa.select(StoredDocument.permit_id).where(StoredDocument.remove_after <= sql_now_once())
    return session.scalars(old.order_by(StoredDocument.remove_after).limit(limit)).all()


def forget_document(session: Session, permit_id: uuid.UUID) -> None:
    session.execute(sa.delete(StoredDocument).where(StoredDocument.permit_id == permit_id))


def put_letter(session: Session, serial: str, sha256: str, issued_at: datetime) -> Letter:
    """Return the register's line of a letter; it is made if it is not there."""
    if letter := session.get(Letter, serial):
        return letter
    letter = Letter(serial=serial, sha256=sha256, issued_at=issued_at)
    try:
        with session.begin_nested():
            session.add(letter)
    except IntegrityError:
        # The feed and a permit brought the same letter at the same moment.
        return session.get_one(Letter, serial)
    return letter


def letter_by_sha256(session: Session, sha256: str) -> Letter | None:
    return session.scalars(sa.select(Letter).where(Letter.sha256 == sha256).limit(1)).one_or_none()


def first_known_letter(session: Session, serials: Collection[str]) -> Letter | None:
    """Return one of the letters of these serials that the register knows."""
    query = sa.select(Letter).where(Letter.serial.in_(serials)).order_by(Letter.serial).limit(1)
    return session.scalars(query).one_or_none()


def put_institution(session: Session, institution_id: uuid.UUID, name: str) -> None:
    """Keep an institution's name, the newest one."""
    known = institution_by_id(session, institution_id)
    if known:
        known.name = name
    else:
        session.add(Institution(id=institution_id, name=name))


def institution_by_id(session: Session, institution_id: uuid.UUID) -> Institution | None:
    return session.scalars(sa.select(Institution).where(Institution.id == institution_id)).one_or_none()


def _delete_keys(session: Session, rows: sa.Delete) -> int:
    """Delete rows that hold wrapped keys, so that no file of SQLite has them; returns how many there were."""
    result = session.execute(rows)
    count = result.rowcount if isinstance(result, sa.CursorResult) else 0
    if count:
        empty_log_after(session)
    return count
