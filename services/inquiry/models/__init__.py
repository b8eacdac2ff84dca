"""The tables of inquiry. Together with the object store they reveal no person's record.

A person is an opaque id and a keyed hash of the national code. What a permit shows is sealed under its code.
"""

from services.inquiry.models.base import (
    FEED,
    Base,
    EndedSession,
    Ending,
    FailedAttempt,
    FeedCounter,
    FeedCursor,
    FeedMark,
    FeedReader,
    IdempotencyKey,
    KnownKey,
    MergedPerson,
    Outbox,
)
from services.inquiry.models.discrepancies import Discrepancy, DiscrepancyObjection, DiscrepancyStatus
from services.inquiry.models.inquiries import (
    Inquiry,
    InstitutionAlarm,
    InstitutionAttempt,
    InstitutionInquiry,
    Result,
)
from services.inquiry.models.letters import Institution, Letter, LetterState, Objection, ObjectionStatus
from services.inquiry.models.permits import DocumentTicket, Permit, PermitState, SealedCopy, StoredDocument

__all__ = [
    "FEED",
    "Base",
    "Discrepancy",
    "DiscrepancyObjection",
    "DiscrepancyStatus",
    "DocumentTicket",
    "EndedSession",
    "Ending",
    "FailedAttempt",
    "FeedCounter",
    "FeedCursor",
    "FeedMark",
    "FeedReader",
    "IdempotencyKey",
    "Inquiry",
    "Institution",
    "InstitutionAlarm",
    "InstitutionAttempt",
    "InstitutionInquiry",
    "KnownKey",
    "Letter",
    "LetterState",
    "MergedPerson",
    "Objection",
    "ObjectionStatus",
    "Outbox",
    "Permit",
    "PermitState",
    "Result",
    "SealedCopy",
    "StoredDocument",
]
