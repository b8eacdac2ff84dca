"""Changes of records that one officer proposes and another confirms."""

from typing import Any, Literal, NotRequired, TypedDict

from govah_client.lists import KnownPerson

ProposalKind = Literal[
    "held-row", "person-correction", "person-merger", "list-withdrawal", "list-replacement",
    "missing-period-workshop", "objection-decision",
]  # fmt: skip
ProposalStatus = Literal["proposed", "confirmed", "rejected", "withdrawn"]


class NewProposal(TypedDict):
    """A change to propose; the members of `change` depend on the kind."""

    kind: ProposalKind
    target: str
    change: NotRequired[dict[str, Any]]
    reason: str


class Difference(TypedDict):
    """A value that changes, and where it is if it is not a value of the person."""

    row: NotRequired[int | None]
    national_code: NotRequired[str | None]
    month_jalali: NotRequired[str | None]
    workshop_code: NotRequired[str | None]
    field: str
    old: NotRequired[Any]
    new: NotRequired[Any]


class ProposalInList(TypedDict):
    """A proposal without what changes. A proposal of the system has no proposer until it is adopted."""

    id: str
    kind: ProposalKind
    status: ProposalStatus
    target: str
    by_system: bool
    proposed_by: str | None
    proposed_at: str
    decided_by: str | None
    confirmed_by: str | None
    decided_at: str | None


class Proposal(ProposalInList):
    """A proposal with what changes: at most the first 1,000 differences, and their number.

    `people` are those whom a correction or a merger is about: who is merged, then who remains.
    """

    change: dict[str, Any]
    differences: list[Difference]
    differences_total: int
    people: list[KnownPerson]
    reason: str
    decision_reason: str | None
