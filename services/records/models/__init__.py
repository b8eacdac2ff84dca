"""The tables of records and their rules. Used by `store` and `actions`; the database belongs to this service.

Rows of lists never change: an accepted objection adds corrections, which take precedence over them, and a
list that is replaced or withdrawn keeps its former rows apart.
"""

from services.kit.endings import EndingMixin
from services.kit.feed import FeedCursorMixin
from services.kit.feed_tails import FeedMarkMixin, FeedReaderMixin, FeedTables
from services.kit.idempotency import IdempotencyMixin
from services.kit.outbox import FeedCounterMixin, OutboxMixin
from services.kit.revocation import EndedSessionMixin
from services.kit.tokens import KnownKeyMixin
from services.records.models.base import (
    AccessKind,
    Base,
    HeldRowStatus,
    MonthNumber,
    ObjectionKind,
    ObjectionStatus,
    ProposalKind,
    ProposalStatus,
    Sex,
)
from services.records.models.files import RetentionProgress, StoredObject
from services.records.models.held_rows import FormerHeldRow, FormerIdentifier, HeldRow, IdentityDifference
from services.records.models.imports import (
    BulkImport,
    ImportFinding,
    ImportPart,
    ImportStatus,
    ListOutcome,
)
from services.records.models.lists import (
    Access,
    Contribution,
    FormerContribution,
    ImportedList,
    ListVersion,
    Person,
    ProposedList,
    RefusedLists,
    Workshop,
)
from services.records.models.objections import Attachment, ClaimedMonth, Correction, Objection, OfficerRecord
from services.records.models.proposals import Proposal, ProposalPerson


class Outbox(OutboxMixin, Base):
    pass


class FeedCounter(FeedCounterMixin, Base):
    pass


class FeedReader(FeedReaderMixin, Base):
    pass


class FeedMark(FeedMarkMixin, Base):
    pass


FEED = FeedTables(Outbox, FeedCounter, FeedReader, FeedMark)


class FeedCursor(FeedCursorMixin, Base):
    pass


class KnownKey(KnownKeyMixin, Base):
    pass


class Ending(EndingMixin, Base):
    pass


class EndedSession(EndedSessionMixin, Base):
    pass


class IdempotencyKey(IdempotencyMixin, Base):
    pass


__all__ = [
    "FEED",
    "Access",
    "AccessKind",
    "Attachment",
    "Base",
    "BulkImport",
    "ClaimedMonth",
    "Contribution",
    "Correction",
    "EndedSession",
    "Ending",
    "FeedCounter",
    "FeedCursor",
    "FeedMark",
    "FeedReader",
    "FormerContribution",
    "FormerHeldRow",
    "FormerIdentifier",
    "HeldRow",
    "HeldRowStatus",
    "IdempotencyKey",
    "IdentityDifference",
    "ImportFinding",
    "ImportPart",
    "ImportStatus",
    "ImportedList",
    "KnownKey",
    "ListOutcome",
    "ListVersion",
    "MonthNumber",
    "Objection",
    "ObjectionKind",
    "ObjectionStatus",
    "OfficerRecord",
    "Outbox",
    "Person",
    "Proposal",
    "ProposalKind",
    "ProposalPerson",
    "ProposalStatus",
    "ProposedList",
    "RefusedLists",
    "RetentionProgress",
    "Sex",
    "StoredObject",
    "Workshop",
]
