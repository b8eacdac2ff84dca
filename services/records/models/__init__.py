"""The tables of records and their rules. Used by `store` and `actions`; the database is this service's own.

What lists said is never changed: an accepted objection adds corrections, which are counted over it.
"""

from services.kit.feed import FeedCursorMixin
from services.kit.idempotency import IdempotencyMixin
from services.kit.outbox import FeedCounterMixin, OutboxMixin
from services.kit.revocation import EndedSessionMixin
from services.kit.tokens import KnownKeyMixin
from services.records.models.base import Base, LookKind, MonthNumber, ObjectionKind, ObjectionStatus, Sex
from services.records.models.lists import Access, Contribution, ImportedList, Person, Workshop
from services.records.models.objections import ClaimedMonth, Correction, Objection, OfficerRecord


class Outbox(OutboxMixin, Base):
    pass


class FeedCounter(FeedCounterMixin, Base):
    pass


class FeedCursor(FeedCursorMixin, Base):
    pass


class KnownKey(KnownKeyMixin, Base):
    pass


class EndedSession(EndedSessionMixin, Base):
    pass


class IdempotencyKey(IdempotencyMixin, Base):
    pass


__all__ = [
    "Access",
    "Base",
    "ClaimedMonth",
    "Contribution",
    "Correction",
    "EndedSession",
    "FeedCounter",
    "FeedCursor",
    "IdempotencyKey",
    "ImportedList",
    "KnownKey",
    "LookKind",
    "MonthNumber",
    "Objection",
    "ObjectionKind",
    "ObjectionStatus",
    "OfficerRecord",
    "Outbox",
    "Person",
    "Sex",
    "Workshop",
]
