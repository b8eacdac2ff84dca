"""What records ends again after a restore: objections, drafts, papers, decisions and proposals.

`commands` calls it before the service answers; services/kit/endings says how.
"""

import uuid
from collections.abc import Mapping
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.kit.endings import EndingHandler, Entry
from services.records.actions.attachments import remove_attachment
from services.records.actions.decisions import reopen_objection
from services.records.actions.objections import end_objection, remove_draft
from services.records.models import Attachment, Objection, ObjectionStatus, ProposalStatus
from services.records.proposals.lifecycle import close_again
from services.records.store.objections import OPEN, find_objection
from services.records.store.people import lock_person


def withdraw_again(session: Session, entry: Entry) -> None:
    """Withdraw an objection for its person."""
    objection = _lock_objection(session, entry)
    if objection is not None and objection.status in OPEN:
        end_objection(session, objection)


def delete_draft_again(session: Session, entry: Entry) -> None:
    """Delete a draft with its papers."""
    objection = _lock_objection(session, entry)
    if objection is not None and objection.status is ObjectionStatus.DRAFT:
        remove_draft(session, objection)


def delete_attachment_again(session: Session, entry: Entry) -> None:
    """Delete a paper that a person had removed from a draft."""
    query = sa.select(Attachment).where(Attachment.id == uuid.UUID(entry.data["attachment_id"]))
    attachment = session.scalars(query).one_or_none()
    if attachment is not None:
        objection = session.scalars(
            sa.select(Objection).where(Objection.attachments.any(Attachment.id == attachment.id))
        ).one()
        remove_attachment(session, objection, attachment)


def withdraw_decision_again(session: Session, entry: Entry) -> None:
    """Take back a decision that was proposed and had been withdrawn or rejected."""
    objection = _lock_objection(session, entry)
    if objection is not None and objection.status is ObjectionStatus.PROPOSED:
        reopen_objection(session, objection, entry.data["officer"])


def close_proposal_again(status: ProposalStatus, session: Session, entry: Entry) -> None:
    """Reject or withdraw a proposal."""
    close_again(session, uuid.UUID(entry.data["proposal_id"]), status, entry.data["officer"])


def _lock_objection(session: Session, entry: Entry) -> Objection | None:
    objection = find_objection(session, uuid.UUID(entry.data["objection_id"]))
    if objection is None:
        return None
    lock_person(session, objection.person_position)
    return find_objection(session, objection.id)


HANDLERS: Mapping[str, EndingHandler] = {
    "objection.withdrawn": withdraw_again,
    "draft.deleted": delete_draft_again,
    "attachment.deleted": delete_attachment_again,
    "decision.withdrawn": withdraw_decision_again,
    "proposal.rejected": partial(close_proposal_again, ProposalStatus.REJECTED),
    "proposal.withdrawn": partial(close_proposal_again, ProposalStatus.WITHDRAWN),
}
