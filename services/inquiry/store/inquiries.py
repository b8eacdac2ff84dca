"""Inquiries and failed attempts."""

import uuid
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.inquiry.models import Inquiry, InstitutionInquiry, Permit, Result
from services.kit.db import select_sql_now


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


def select_inquiries_of(institution_id: uuid.UUID, subject: str | None) -> sa.Select[InstitutionInquiry]:
    """Return the query for an institution's inquiries, or for those of one of its clerks or clients."""
    query = sa.select(InstitutionInquiry).where(InstitutionInquiry.institution_id == institution_id)
    return query.where(InstitutionInquiry.subject == subject) if subject else query


def delete_old_inquiries_of_institutions(session: Session, seconds: int, limit: int) -> int:
    """Return how many inquiries older than that were deleted from what institutions find again."""
    old = sa.select(InstitutionInquiry.position).where(InstitutionInquiry.at <= select_sql_now(-seconds))
    batch = session.scalars(old.order_by(InstitutionInquiry.at).limit(limit)).all()
    session.execute(sa.delete(InstitutionInquiry).where(InstitutionInquiry.position.in_(batch)))
    return len(batch)
