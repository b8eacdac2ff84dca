"""Proposals of officers and of the system, and the people whom they concern."""

import uuid
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.kit.db import read_database_time
from services.records.models import Proposal, ProposalKind, ProposalPerson, ProposalStatus
from services.records.store.upserts import build_insert, insert_rows

# Rows of one SQL statement: SQLite takes 32,766 parameters.
BATCH = 1_000
_OF_SYSTEM = (
    "kind", "target", "change", "differences", "differences_total", "reason", "state", "system_key",
)  # fmt: skip


def find_proposal(session: Session, proposal_id: uuid.UUID) -> Proposal | None:
    """Return the proposal of that id, or None."""
    return session.scalars(sa.select(Proposal).where(Proposal.id == proposal_id)).one_or_none()


def lock_proposal(session: Session, proposal_id: uuid.UUID) -> Proposal | None:
    """Return the proposal of that id as it is now, locked until the transaction ends, or None."""
    query = sa.select(Proposal).where(Proposal.id == proposal_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def find_open_proposal(session: Session, kind: ProposalKind, target: uuid.UUID) -> Proposal | None:
    """Return the undecided proposal of that kind about that target, or None."""
    return session.scalars(
        sa.select(Proposal)
        .where(
            Proposal.target == target,
            Proposal.kind == kind,
            Proposal.status == ProposalStatus.PROPOSED,
        )
        .order_by(Proposal.position)
        .limit(1)
    ).one_or_none()


def fetch_proposals_about(
    session: Session, kind: ProposalKind, targets: Collection[uuid.UUID]
) -> Sequence[Proposal]:
    """Return all proposals of that kind about these targets, oldest first."""
    query = sa.select(Proposal).where(Proposal.target.in_(targets), Proposal.kind == kind)
    return session.scalars(query.order_by(Proposal.position)).all()


def select_proposals(kinds: Collection[ProposalKind], status: ProposalStatus | None) -> sa.Select[Proposal]:
    """Return the query of the proposals of these kinds, of one status or of all."""
    query = sa.select(Proposal).where(Proposal.kind.in_(kinds))
    return query if status is None else query.where(Proposal.status == status)


def add_proposal(
    session: Session, proposal: Proposal, people: Collection[int], visible: Collection[int]
) -> Proposal:
    """Return the added proposal, which concerns the people at these positions and shows some of them."""
    session.add(proposal)
    session.flush()
    seen = set(visible)
    insert_rows(
        session,
        ProposalPerson,
        [
            {
                "proposal_position": proposal.position,
                "person_position": position,
                "visible": position in seen,
            }
            for position in sorted({*people, *seen})
        ],
    )
    return proposal


def add_system_proposals(session: Session, proposals: Sequence[tuple[Proposal, int]]) -> int:
    """Add proposals of the system, each with the position of its person; return how many are new.

    Those whose `system_key` was used before are left out.
    """
    ordered = sorted(proposals, key=lambda pair: str(pair[0].system_key))
    now, added = read_database_time(session), 0
    for start in range(0, len(ordered), BATCH):
        batch = {uuid.uuid4(): pair for pair in ordered[start : start + BATCH]}
        insert = build_insert(session, Proposal).values(
            [
                {
                    "id": proposal_id,
                    "status": ProposalStatus.PROPOSED,
                    "proposed_at": now,
                    "by_system": True,
                }
                | {name: getattr(proposal, name) for name in _OF_SYSTEM}
                for proposal_id, (proposal, _) in batch.items()
            ]
        )
        rows = session.execute(
            insert.on_conflict_do_nothing(index_elements=[Proposal.system_key]).returning(
                Proposal.position, Proposal.id
            )
        )
        people = [
            {"proposal_position": position, "person_position": batch[proposal_id][1], "visible": True}
            for position, proposal_id in rows
        ]
        insert_rows(session, ProposalPerson, people)
        added += len(people)
    return added


def fetch_people_of_proposal(
    session: Session, proposal: Proposal, *, only_visible: bool = False
) -> Sequence[int]:
    """Return the positions of the people whom a proposal concerns, or only of those whose data it shows."""
    query = sa.select(ProposalPerson.person_position).where(
        ProposalPerson.proposal_position == proposal.position
    )
    if only_visible:
        query = query.where(ProposalPerson.visible)
    return session.scalars(query.order_by(ProposalPerson.person_position)).all()
