"""The registers of letters, objections and institutions, and how far feeds were read."""

import uuid
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.inquiry.models import (
    FeedCursor,
    Institution,
    Letter,
    Objection,
)


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


def save_institution(session: Session, institution_id: uuid.UUID, name: str, **details: object) -> None:
    """Insert an institution, or update its name and the details that are given."""
    institution = find_institution(session, institution_id)
    if institution is None:
        institution = Institution(id=institution_id)
        session.add(institution)
    for column, value in {"name": name, **details}.items():
        setattr(institution, column, value)


def is_institution_disabled(session: Session, institution_id: uuid.UUID) -> bool:
    """Return whether an institution is known to be disabled."""
    disabled = sa.select(Institution.is_disabled).where(Institution.id == institution_id)
    return session.scalars(disabled).one_or_none() is True


def find_institution(session: Session, institution_id: uuid.UUID) -> Institution | None:
    """Return an institution."""
    return session.scalars(sa.select(Institution).where(Institution.id == institution_id)).one_or_none()
