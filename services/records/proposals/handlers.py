"""What a kind of proposal has to provide: how its change is checked, compared and applied.

To add a kind, write a class with this protocol, and enter it in `registry`. The rest (two officers, own
records, accesses, history, the API) is in `lifecycle` and the same for all kinds.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from sqlalchemy.orm import Session

from services.records.models import Proposal, ProposalKind

# Differences that a proposal stores and shows; `differences_total` counts all of them.
MAX_DIFFERENCES = 1_000


@dataclass(frozen=True, slots=True)
class Preparation:
    """A change that was checked against the record as it is now; the rows that it changes are locked.

    change
        The canonical form of the requested change, as JSON.
    differences
        What changes: `{"field", "old", "new"}`, for lists also `row` and `national_code`. All of them may be
        given; the first MAX_DIFFERENCES are stored.
    state
        Everything the change depends on, as JSON. If it is another at the confirmation, the proposal is
        outdated.
    people
        Positions of the people whose records change.
    visible
        Positions of the people whose data the officer sees in the differences; None means all `people`. Each
        is recorded as an access, and the person is notified.
    """

    change: Mapping[str, Any]
    differences: Sequence[Mapping[str, Any]]
    state: Any
    people: Sequence[int]
    visible: Sequence[int] | None = field(default=None)

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the state."""
        text = json.dumps([self.change, self.state], sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def visible_people(self) -> Sequence[int]:
        """Return the positions of the people whose data the officer sees."""
        return self.people if self.visible is None else self.visible


class ProposalHandler(Protocol):
    """One kind of proposal; `scope` is the scope that its officers need."""

    kind: ClassVar[ProposalKind]
    scope: ClassVar[str]

    def prepare(self, session: Session, target: uuid.UUID, change: Mapping[str, Any]) -> Preparation:
        """Return the checked change, and lock what it changes until the transaction ends.

        Called for a new proposal with the change as requested, and before `apply` with the canonical one.
        Raises TargetUnknown, and ValidationFailed with fields that begin with `change.`.
        """
        ...

    def apply(self, session: Session, proposal: Proposal) -> None:
        """Change the record. `prepare` was called in this transaction, and the state is the proposed one.

        Adds the events of the change, with `proposal_id` where they have it.
        """
        ...

    def discard(self, session: Session, proposal: Proposal) -> None:
        """Free what a rejected or withdrawn proposal has stored; nothing by default."""
