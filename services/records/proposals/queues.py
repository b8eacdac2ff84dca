"""What waits for officers: how many items of each queue, since when, and how many are the officer's own."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from services.records.models import ObjectionKind, ObjectionStatus, ProposalKind
from services.records.proposals.registry import SHOWN_ONLY, list_visible_kinds
from services.records.store.desk import (
    Waiting,
    count_open_objections,
    count_open_proposals,
    count_undecided_rows,
)


class Queue(StrEnum):
    """What officers do: decide about claims, confirm decisions, decide about rows, confirm changes."""

    SUBMITTED_OBJECTIONS = "objections-submitted"
    PROPOSED_OBJECTIONS = "objections-proposed"
    HELD_ROWS = "held-rows"
    PROPOSALS = "proposals"


@dataclass(frozen=True, slots=True)
class WaitingItems:
    """The items of a queue, of one kind of objection or proposal; held rows have no kind."""

    queue: Queue
    kind: ObjectionKind | ProposalKind | None
    waiting: Waiting


_OBJECTIONS = {
    Queue.SUBMITTED_OBJECTIONS: ObjectionStatus.SUBMITTED,
    Queue.PROPOSED_OBJECTIONS: ObjectionStatus.PROPOSED,
}


def list_queues(session: Session, officer_id: str, scopes: Collection[str]) -> Iterator[WaitingItems]:
    """Yield every queue that these scopes decide about, also those without items.

    It shows nobody's data, so it is not recorded as an access.
    """
    if "objections" in scopes:
        objections = count_open_objections(session, officer_id)
        for queue, status in _OBJECTIONS.items():
            for objection_kind in ObjectionKind:
                waiting = objections.get((status, objection_kind), Waiting())
                yield WaitingItems(queue, objection_kind, waiting)
    if "lists" in scopes:
        yield WaitingItems(Queue.HELD_ROWS, None, count_undecided_rows(session, officer_id))
    kinds = [kind for kind in list_visible_kinds(scopes) if kind not in SHOWN_ONLY]
    proposals = count_open_proposals(session, kinds, officer_id)
    for kind in kinds:
        yield WaitingItems(Queue.PROPOSALS, kind, proposals.get(kind, Waiting()))
