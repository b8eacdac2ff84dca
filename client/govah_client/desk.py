"""What waits for officers, and what the last days brought."""

from typing import Literal, TypedDict

QueueName = Literal["objections-submitted", "objections-proposed", "held-rows", "proposals"]
# Kinds of objections, then kinds of proposals.
WaitingKind = Literal[
    "days", "missing-period", "identity",
    "held-row", "person-correction", "person-merger", "list-withdrawal", "list-replacement",
    "missing-period-workshop",
]  # fmt: skip


class Queue(TypedDict):
    """The number of items that wait; the caller has proposed `own` of them, and cannot confirm those.

    Held rows have no kind; a queue without items has no oldest one.
    """

    queue: QueueName
    kind: WaitingKind | None
    count: int
    oldest_at: str | None
    own: int


class Day(TypedDict):
    """What happened on a day in Tehran."""

    date: str
    date_jalali: str
    lists_accepted: int
    lists_refused: int
    objections_submitted: int
    objections_decided: int


class Week(TypedDict):
    """The last seven days, today included, oldest first."""

    days: list[Day]
