"""The life of a proposal: proposed by one officer or by the system, then confirmed, rejected or withdrawn.

Each step shows the officer people's data, so each is recorded as an access. A decision locks the proposal,
then its handler locks what it changes: simultaneous decisions are serialised.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.kit.db import read_database_time
from services.kit.endings import add_ending
from services.kit.problems import Forbidden, ValidationFailed
from services.records.actions.accesses import record_accesses
from services.records.errors import (
    OthersProposal,
    OwnProposal,
    OwnRecord,
    ProposalOpen,
    ProposalOutdated,
    ProposalStatusDiffers,
    ProposalUnknown,
    TargetUnknown,
)
from services.records.models import AccessKind, Ending, Proposal, ProposalKind, ProposalStatus
from services.records.proposals.handlers import MAX_DIFFERENCES, Preparation, ProposalHandler
from services.records.proposals.registry import get_handler, get_scope
from services.records.store.objections import find_own_record
from services.records.store.people import fetch_person_ids
from services.records.store.proposals import (
    add_proposal,
    fetch_people_of_proposal,
    find_open_proposal,
    find_proposal,
    lock_proposal,
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Officer:
    """The officer who calls, with the scopes of the token."""

    id: str
    scopes: Collection[str]


def propose(
    session: Session,
    officer: Officer,
    kind: ProposalKind,
    target: uuid.UUID,
    change: Mapping[str, Any],
    reason: str,
) -> Proposal:
    """Return the added proposal of an officer.

    Raises Forbidden, TargetUnknown, ValidationFailed, ProposalOpen, and OwnRecord if it concerns the officer.
    """
    handler = get_handler(kind)
    _require_scope(officer, handler.scope)
    preparation = handler.prepare(session, target, change)
    _check_own_record(session, officer, preparation.people)
    proposal = _add(session, handler, target, preparation, reason, officer.id)
    _record_accesses(session, officer, preparation.visible_people)
    log.info("proposal.made", proposal=str(proposal.id), kind=kind.value, officer=officer.id)
    return proposal


def propose_by_system(
    session: Session, kind: ProposalKind, target: uuid.UUID, change: Mapping[str, Any], reason: str
) -> Proposal:
    """Return the added proposal of the system, which waits for two officers. Raises as `propose` does."""
    handler = get_handler(kind)
    proposal = _add(session, handler, target, handler.prepare(session, target, change), reason, None)
    log.info("proposal.made", proposal=str(proposal.id), kind=kind.value, officer=None)
    return proposal


def open_proposal(session: Session, officer: Officer, proposal_id: uuid.UUID) -> Proposal:
    """Return the proposal of that id, and record that the officer sees its people's data.

    Raises ProposalUnknown, and Forbidden without the scope of its kind.
    """
    proposal = find_proposal(session, proposal_id)
    if proposal is None:
        raise ProposalUnknown
    _require_scope(officer, get_scope(proposal.kind))
    _record_accesses(session, officer, fetch_people_of_proposal(session, proposal, only_visible=True))
    return proposal


def confirm(session: Session, officer: Officer, proposal_id: uuid.UUID) -> Proposal:
    """Return the confirmed proposal, whose change is now in force.

    The first officer who confirms a proposal of the system adopts it: it remains proposed, by that officer.
    Raises as `_lock_undecided` does, and OwnProposal, OwnRecord, ProposalOutdated.
    """
    proposal, handler = _lock_undecided(session, officer, proposal_id)
    if proposal.proposed_by == officer.id:
        raise OwnProposal
    preparation = _prepare_again(session, handler, proposal)
    _check_own_record(session, officer, preparation.people)
    if proposal.proposed_by is None:
        proposal.proposed_by = officer.id
        log.info("proposal.adopted", proposal=str(proposal.id), officer=officer.id)
    else:
        try:
            handler.apply(session, proposal)
            session.flush()
        except IntegrityError as error:
            # An import that ended meanwhile has taken a code or a place.
            raise ProposalOutdated from error
        _decide(session, proposal, ProposalStatus.CONFIRMED, officer, None)
    session.flush()
    _record_accesses(session, officer, preparation.visible_people)
    return proposal


def reject(session: Session, officer: Officer, proposal_id: uuid.UUID, reason: str) -> Proposal:
    """Return the rejected proposal of another officer or of the system.

    Raises as `_lock_undecided` does, and OwnProposal, OwnRecord.
    """
    proposal, handler = _lock_undecided(session, officer, proposal_id)
    if proposal.proposed_by == officer.id:
        raise OwnProposal
    _check_own_record(session, officer, fetch_people_of_proposal(session, proposal))
    _close(session, handler, proposal, ProposalStatus.REJECTED, officer, reason)
    _record_accesses(session, officer, fetch_people_of_proposal(session, proposal, only_visible=True))
    return proposal


def withdraw(session: Session, officer: Officer, proposal_id: uuid.UUID) -> Proposal:
    """Return the officer's own proposal, withdrawn; a proposal of the system waits for two officers again.

    Raises as `_lock_undecided` does, and OthersProposal.
    """
    proposal, handler = _lock_undecided(session, officer, proposal_id)
    if proposal.proposed_by != officer.id:
        raise OthersProposal
    if proposal.by_system:
        proposal.proposed_by = None
        session.flush()
        log.info("proposal.left", proposal=str(proposal.id), officer=officer.id)
    else:
        _close(session, handler, proposal, ProposalStatus.WITHDRAWN, officer, None)
    return proposal


def _add(
    session: Session,
    handler: ProposalHandler,
    target: uuid.UUID,
    preparation: Preparation,
    reason: str,
    officer_id: str | None,
) -> Proposal:
    proposal = Proposal(
        kind=handler.kind,
        target=target,
        change=dict(preparation.change),
        differences=[dict(one) for one in preparation.differences[:MAX_DIFFERENCES]],
        differences_total=len(preparation.differences),
        reason=reason,
        state=preparation.fingerprint,
        by_system=officer_id is None,
        proposed_by=officer_id,
    )
    try:
        with session.begin_nested():
            return add_proposal(session, proposal, preparation.people, preparation.visible_people)
    except IntegrityError as error:
        other = find_open_proposal(session, handler.kind, target)
        if other is None:
            raise
        raise ProposalOpen(other.id) from error


def _lock_undecided(
    session: Session, officer: Officer, proposal_id: uuid.UUID
) -> tuple[Proposal, ProposalHandler]:
    """Return the undecided proposal of that id, locked, and its handler.

    Raises ProposalUnknown, Forbidden, ProposalStatusDiffers, and ValidationFailed for a kind that other calls
    decide.
    """
    proposal = lock_proposal(session, proposal_id)
    if proposal is None:
        raise ProposalUnknown
    _require_scope(officer, get_scope(proposal.kind))
    handler = get_handler(proposal.kind)
    if proposal.status is not ProposalStatus.PROPOSED:
        raise ProposalStatusDiffers(proposal.status)
    return proposal, handler


def _prepare_again(session: Session, handler: ProposalHandler, proposal: Proposal) -> Preparation:
    try:
        preparation = handler.prepare(session, proposal.target, proposal.change)
    except (TargetUnknown, ValidationFailed) as error:
        raise ProposalOutdated from error
    if preparation.fingerprint != proposal.state:
        raise ProposalOutdated
    return preparation


def _close(
    session: Session,
    handler: ProposalHandler,
    proposal: Proposal,
    status: ProposalStatus,
    officer: Officer,
    reason: str | None,
) -> None:
    handler.discard(session, proposal)
    _decide(session, proposal, status, officer, reason)
    session.flush()
    ids = {"proposal_id": proposal.id, "officer": officer.id}
    add_ending(session, Ending, f"proposal.{status.value}", **ids)


def close_again(session: Session, proposal_id: uuid.UUID, status: ProposalStatus, officer_id: str) -> None:
    """Reject or withdraw a proposal that a restore has opened again; idempotent. The reason is lost."""
    proposal = lock_proposal(session, proposal_id)
    if proposal is not None and proposal.status is ProposalStatus.PROPOSED:
        handler = get_handler(proposal.kind)
        _close(session, handler, proposal, status, Officer(officer_id, ()), None)


def _decide(
    session: Session, proposal: Proposal, status: ProposalStatus, officer: Officer, reason: str | None
) -> None:
    now = read_database_time(session)
    proposal.status, proposal.decision_reason = status, reason
    proposal.decided_by, proposal.decided_at = officer.id, now
    log.info(
        "proposal.decided", proposal=str(proposal.id), kind=proposal.kind.value, status=status.value,
        officer=officer.id,
    )  # fmt: skip


def _require_scope(officer: Officer, scope: str) -> None:
    if scope not in officer.scopes:
        raise Forbidden


def _check_own_record(session: Session, officer: Officer, people: Collection[int]) -> None:
    if find_own_record(session, officer.id) in people:
        raise OwnRecord
    # The id of a token's subject is a person's only for citizens; compared in case one account is both.
    if officer.id in map(str, fetch_person_ids(session, people)):
        raise OwnRecord


def _record_accesses(session: Session, officer: Officer, people: Collection[int]) -> None:
    record_accesses(session, officer.id, fetch_person_ids(session, people), AccessKind.PROPOSAL)
