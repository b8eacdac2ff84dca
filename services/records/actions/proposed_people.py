"""The people whom a proposal is about, for the officers who decide: a correction shows only what changes."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from services.records.actions.statements import describe_person
from services.records.models import Proposal, ProposalKind
from services.records.store.people import find_person


def describe_people(session: Session, proposal: Proposal) -> Sequence[dict[str, Any]]:
    """Return the person of a correction, or the two of a merger: who is merged, then who remains.

    The people as they are known now: the two of a confirmed merger are one. The caller records the access,
    as for the differences.
    """
    if proposal.kind is ProposalKind.PERSON_CORRECTION:
        ids = [proposal.target]
    elif proposal.kind is ProposalKind.PERSON_MERGER:
        ids = [proposal.target, uuid.UUID(proposal.change["into"])]
    else:
        return []
    people = {person.id: person for person_id in ids if (person := find_person(session, person_id))}
    return [{"id": person.id, **describe_person(person)} for person in people.values()]
