"""What waits for officers, counted in one statement for each table."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.records.models import (
    HeldRow,
    HeldRowStatus,
    ImportedList,
    Objection,
    ObjectionKind,
    ObjectionStatus,
    Proposal,
    ProposalKind,
    ProposalStatus,
)
from services.records.store.objections import OPEN


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many items wait, since when the oldest does, and how many of them one officer has proposed."""

    count: int = 0
    oldest_at: datetime | None = None
    own: int = 0


def count_open_objections(
    session: Session, officer_id: str
) -> dict[tuple[ObjectionStatus, ObjectionKind], Waiting]:
    """Return the undecided objections by status and kind; those that do not occur are left out."""
    since = sa.case(
        (Objection.status == ObjectionStatus.PROPOSED, Objection.proposed_at), else_=Objection.submitted_at
    )
    rows = session.execute(
        sa.select(
            Objection.status,
            Objection.kind,
            sa.func.count(),
            sa.func.min(since),
            _count_where(Objection.proposed_by == officer_id),
        )
        .where(Objection.status.in_(OPEN))
        .group_by(Objection.status, Objection.kind)
    )
    return {(row[0], row[1]): Waiting(*row[2:]) for row in rows}


def count_undecided_rows(session: Session, officer_id: str) -> Waiting:
    """Return the rows that are still held, each since its list was imported.

    An officer's own ones are those about which, or about whose list, the officer has an open proposal.
    """
    proposed = sa.select(Proposal.target).where(
        Proposal.kind == ProposalKind.HELD_ROW,
        Proposal.status == ProposalStatus.PROPOSED,
        Proposal.proposed_by == officer_id,
    )
    row = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.min(ImportedList.imported_at),
            _count_where(sa.or_(HeldRow.id.in_(proposed), ImportedList.id.in_(proposed))),
        )
        .join(ImportedList, ImportedList.position == HeldRow.list_position)
        .where(HeldRow.status == HeldRowStatus.HELD)
    ).one()
    return Waiting(*row)


def count_open_proposals(
    session: Session, kinds: Collection[ProposalKind], officer_id: str
) -> dict[ProposalKind, Waiting]:
    """Return the undecided proposals of these kinds; kinds that do not occur are left out."""
    rows = session.execute(
        sa.select(
            Proposal.kind,
            sa.func.count(),
            sa.func.min(Proposal.proposed_at),
            _count_where(Proposal.proposed_by == officer_id),
        )
        .where(Proposal.status == ProposalStatus.PROPOSED, Proposal.kind.in_(kinds))
        .group_by(Proposal.kind)
    )
    return {row[0]: Waiting(*row[1:]) for row in rows}


def _count_where(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)
