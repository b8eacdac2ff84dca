"""Reports of institutions, and the objections that came of them."""

import uuid
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from services.inquiry.models import Discrepancy, DiscrepancyObjection, Inquiry, Objection, Permit


def select_discrepancies_about(person_id: uuid.UUID) -> sa.Select[Discrepancy]:
    """Return the query for the reports about a person's letters."""
    return _select_discrepancies().where(Permit.person_id == person_id)


def select_discrepancies_of(institution_id: uuid.UUID) -> sa.Select[Discrepancy]:
    """Return the query for an institution's reports."""
    return _select_discrepancies().where(Inquiry.institution_id == institution_id)


def lock_discrepancy(session: Session, discrepancy_id: uuid.UUID) -> Discrepancy | None:
    """Return a report with its inquiry and its permit, locked."""
    query = _select_discrepancies().where(Discrepancy.id == discrepancy_id)
    return session.scalars(query.with_for_update(of=Discrepancy)).one_or_none()


def link_objection(session: Session, discrepancy_id: uuid.UUID, objection_id: uuid.UUID) -> bool:
    """Return whether an objection that came of a report is new to it."""
    if session.get(DiscrepancyObjection, (discrepancy_id, objection_id)):
        return False
    session.add(DiscrepancyObjection(discrepancy_id=discrepancy_id, objection_id=objection_id))
    return True


def map_objections(
    session: Session, discrepancy_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, Sequence[Objection]]:
    """Return the objections that came of reports, by the report, oldest first."""
    query = (
        sa.select(DiscrepancyObjection.discrepancy_id, Objection)
        .join(Objection, Objection.id == DiscrepancyObjection.objection_id)
        .where(DiscrepancyObjection.discrepancy_id.in_(discrepancy_ids))
        .order_by(Objection.submitted_at, Objection.id)
    )
    objections: dict[uuid.UUID, list[Objection]] = {}
    for discrepancy_id, objection in session.execute(query):
        objections.setdefault(discrepancy_id, []).append(objection)
    return dict(objections)


def _select_discrepancies() -> sa.Select[Discrepancy]:
    return (
        sa.select(Discrepancy)
        .join(Discrepancy.inquiry)
        .join(Inquiry.permit)
        .options(contains_eager(Discrepancy.inquiry).contains_eager(Inquiry.permit))
    )
