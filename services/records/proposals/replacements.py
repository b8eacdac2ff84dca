"""Proposing that a list is replaced: its new files and their content are stored with the proposal."""

import uuid

from sqlalchemy.orm import Session

from services.records.actions.files import keep_files
from services.records.actions.list_files import ReceivedFiles, ValidList
from services.records.actions.proposed_lists import save_proposed_list
from services.records.actions.short_codes import resolve_short_codes
from services.records.models import Proposal, ProposalKind
from services.records.proposals.lifecycle import Officer, propose


def propose_replacement(
    session: Session,
    officer: Officer,
    list_id: uuid.UUID,
    received: ReceivedFiles,
    valid_list: ValidList,
    reason: str,
) -> Proposal:
    """Return the added proposal to replace a list by another one, whose files were stored.

    Raises as `lifecycle.propose` does, and ListRefused if a short national code fits no known person.
    """
    keep_files(session, received.keys)
    save_proposed_list(session, received, resolve_short_codes(session, valid_list))
    change = {"files": str(received.id)}
    return propose(session, officer, ProposalKind.LIST_REPLACEMENT, list_id, change, reason)
