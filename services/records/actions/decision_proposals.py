"""Decisions about objections as proposals, so that one list shows everything that two officers decide.

The objection remains what counts; its calls write these rows in their transactions.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from services.kit.db import read_database_time
from services.kit.jalali import JalaliMonth
from services.records.models import Objection, Proposal, ProposalKind, ProposalStatus
from services.records.store.proposals import add_proposal, find_open_proposal


def add(session: Session, objection: Objection, claims: Iterable[tuple[JalaliMonth, str, int]]) -> None:
    """Add the proposal of a decision that was just proposed; `claims` are what the objection claims."""
    stale = find_open_proposal(session, ProposalKind.OBJECTION_DECISION, objection.id)
    if stale is not None:
        # Code of a version without proposals withdrew that decision.
        _decide(session, stale, ProposalStatus.WITHDRAWN, str(stale.proposed_by))
    recorded = {(claimed.month, claimed.workshop_code): claimed.recorded_days for claimed in objection.months}
    differences: list[dict[str, Any]] = [
        {
            "month_jalali": str(month),
            "workshop_code": workshop_code,
            "field": "days",
            "old": recorded.get((month, workshop_code)),
            "new": days,
        }
        for month, workshop_code, days in claims
    ]
    differences += objection.identity or []
    _add_row(session, objection, differences if objection.accept else [])


def close(session: Session, objection: Objection, officer_id: str) -> None:
    """Close the proposal of a decision that falls: withdrawn by its proposer, rejected by another officer."""
    proposal = find_open_proposal(session, ProposalKind.OBJECTION_DECISION, objection.id)
    if proposal is not None:
        own = proposal.proposed_by == officer_id
        _decide(session, proposal, ProposalStatus.WITHDRAWN if own else ProposalStatus.REJECTED, officer_id)


def invalidate_decision(session: Session, objection: Objection) -> None:
    """Close the proposal of a decision, if there is one, because the person has withdrawn the objection."""
    proposal = find_open_proposal(session, ProposalKind.OBJECTION_DECISION, objection.id)
    if proposal is not None:
        _decide(session, proposal, ProposalStatus.WITHDRAWN, str(objection.person.id))


def confirm(session: Session, objection: Objection) -> None:
    """Confirm the proposal of a decision; one proposed before proposals were stored is added first."""
    proposal = find_open_proposal(session, ProposalKind.OBJECTION_DECISION, objection.id) or _add_row(
        session, objection, []
    )
    _decide(session, proposal, ProposalStatus.CONFIRMED, str(objection.confirmed_by))


def _add_row(session: Session, objection: Objection, differences: list[dict[str, Any]]) -> Proposal:
    proposal = Proposal(
        kind=ProposalKind.OBJECTION_DECISION,
        target=objection.id,
        change={"accept": objection.accept},
        differences=differences,
        differences_total=len(differences),
        reason=objection.reason,
        state="",
        proposed_by=objection.proposed_by,
        proposed_at=objection.proposed_at,
    )
    people = [objection.person_position]
    return add_proposal(session, proposal, people, people)


def _decide(session: Session, proposal: Proposal, status: ProposalStatus, officer_id: str) -> None:
    now = read_database_time(session)
    proposal.status, proposal.decided_by, proposal.decided_at = status, officer_id, now
    session.flush()
