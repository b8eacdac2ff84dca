"""The tables of inquiry. Together with the object store they tell nothing about anybody's record.

A person is an opaque id and a keyed hash of the national code; what a permit shows is sealed under its code.
"""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from services.kit.attempts import FailedAttemptMixin
from services.kit.db import TYPES, BigKey, enumeration, new_metadata, sql_now
from services.kit.feed import FeedCursorMixin
from services.kit.idempotency import IdempotencyMixin
from services.kit.outbox import FeedCounterMixin, OutboxMixin
from services.kit.revocation import EndedSessionMixin
from services.kit.tokens import KnownKeyMixin


class Base(DeclarativeBase):
    metadata = new_metadata()
    type_annotation_map = TYPES


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


class FailedAttempt(FailedAttemptMixin, Base):
    pass


class PermitState(enum.StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    EXPIRED = "expired"
    REVOKED = "revoked"
    USED_UP = "used-up"


class LetterState(enum.StrEnum):
    VALID = "valid"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


class Result(enum.StrEnum):
    """How an inquiry ended; all but the first two are problem codes."""

    ANSWERED = "answered"
    OTHER_INSTITUTION = "other-institution"
    NOT_ACCEPTED = "code-not-accepted"
    EXPIRED = "permit-expired"
    REVOKED = "permit-revoked"
    USED_UP = "permit-used-up"
    PAUSED = "permit-paused"


class Institution(Base):
    """An institution that a permit can be bound to; told by auth."""

    __tablename__ = "institutions"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))


class Letter(Base):
    """One line of the register of all letters; it names no person."""

    __tablename__ = "letters"

    serial: Mapped[str] = mapped_column(sa.String(13), primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    issued_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    @property
    def state(self) -> LetterState:
        if self.revoked_at:
            return LetterState.REVOKED
        return LetterState.SUPERSEDED if self.superseded_at else LetterState.VALID


class Permit(Base):
    """What a person allowed.

    `code_index` recognises the pair of national code and secret code, also after the permit has ended.
    It opens nothing.
    """

    __tablename__ = "permits"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(unique=True)
    person_id: Mapped[uuid.UUID] = mapped_column(index=True)
    person_tag: Mapped[str] = mapped_column(sa.String(64), index=True)
    letter_id: Mapped[uuid.UUID]
    serial: Mapped[str] = mapped_column(sa.ForeignKey(Letter.serial))
    institution_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey(Institution.id))
    generation: Mapped[int]
    code_index: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=sql_now())
    expires_at: Mapped[datetime]
    max_views: Mapped[int | None]
    view_count: Mapped[int] = mapped_column(default=0)
    paused_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    institution: Mapped[Institution | None] = relationship(lazy="joined")

    __table_args__ = (
        sa.CheckConstraint("expires_at > created_at", "ends_after_start"),
        sa.CheckConstraint("max_views BETWEEN 1 AND 1000", "max_views_in_range"),
        sa.CheckConstraint("view_count >= 0 AND view_count <= max_views", "views_within_limit"),
    )

    def state_at(self, now: datetime) -> PermitState:
        """The state at a moment of the database's clock."""
        if self.revoked_at:
            return PermitState.REVOKED
        if self.view_count == self.max_views:
            return PermitState.USED_UP
        if self.expires_at <= now:
            return PermitState.EXPIRED
        return PermitState.PAUSED if self.paused_at else PermitState.ACTIVE


class SealedCopy(Base):
    """What a permit's code opens: there while the permit may still be used, deleted when it ends."""

    __tablename__ = "sealed_copies"

    permit_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(Permit.id), primary_key=True)
    wrapped_key: Mapped[bytes]
    record: Mapped[bytes]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class StoredDocument(Base):
    """An object in the store, written down before it is put there, so that none is ever forgotten.

    `remove_after` is when no permit and no ticket opens it any more.
    """

    __tablename__ = "stored_documents"

    permit_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    remove_after: Mapped[datetime] = mapped_column(index=True)


class DocumentTicket(Base):
    """The letter's key for five minutes, wrapped under the token that an answer's `document_url` carries."""

    __tablename__ = "document_tickets"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    permit_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(Permit.id), index=True)
    wrapped_key: Mapped[bytes]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Inquiry(Base):
    """One attempt to see a letter. Without a permit: a failed attempt on whoever the tag stands for."""

    __tablename__ = "inquiries"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    permit_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey(Permit.id), index=True)
    person_tag: Mapped[str] = mapped_column(sa.String(64), index=True)
    institution_id: Mapped[uuid.UUID | None]
    institution_name: Mapped[str | None] = mapped_column(sa.String(200))
    purpose: Mapped[str | None] = mapped_column(sa.String(200))
    result: Mapped[Result] = mapped_column(enumeration(Result, length=32))
    at: Mapped[datetime] = mapped_column(default=sql_now())
    # Whether the person was told; the background does that for attempts without a permit.
    told: Mapped[bool]

    __table_args__ = (
        sa.Index(
            "ix_inquiries_untold",
            "position",
            sqlite_where=sa.text("NOT told"),
            postgresql_where=sa.text("NOT told"),
        ),
    )


class InstitutionAttempt(Base):
    """An inquiry of an institution, for the hour in which its failures are watched."""

    __tablename__ = "institution_attempts"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    institution_id: Mapped[uuid.UUID]
    has_failed: Mapped[bool]
    at: Mapped[datetime] = mapped_column(default=sql_now(), index=True)


class InstitutionAlarm(Base):
    """When an institution's failures were last told of."""

    __tablename__ = "institution_alarms"

    institution_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    raised_at: Mapped[datetime]


class Discrepancy(Base):
    """An institution's word that a month of a letter is not what it knows; the text is encrypted."""

    __tablename__ = "discrepancies"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    inquiry_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(Inquiry.id), index=True)
    month_jalali: Mapped[str] = mapped_column(sa.String(7))
    text: Mapped[bytes]
    at: Mapped[datetime] = mapped_column(default=sql_now())
