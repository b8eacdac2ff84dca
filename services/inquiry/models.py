"""The tables of inquiry. Together with the object store they reveal no person's record.

A person is an opaque id and a keyed hash of the national code. What a permit shows is sealed under its code.
"""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from services.kit.attempts import FailedAttemptMixin
from services.kit.db import TYPES, BigKey, new_enum_type, new_metadata, sql_now
from services.kit.feed import FeedCursorMixin
from services.kit.idempotency import IdempotencyMixin
from services.kit.merged_people import MergedPersonMixin
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
    """How far a feed was read. `complete_at` is a moment up to which all of it was read."""

    complete_at: Mapped[datetime | None]


class KnownKey(KnownKeyMixin, Base):
    pass


class EndedSession(EndedSessionMixin, Base):
    pass


class MergedPerson(MergedPersonMixin, Base):
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


class ObjectionStatus(enum.StrEnum):
    """How an objection stands, as institutions hear it. A proposed decision is not made yet."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Result(enum.StrEnum):
    """The outcome of an inquiry. All but the first two are problem codes."""

    ANSWERED = "answered"
    OTHER_INSTITUTION = "other-institution"
    NOT_ACCEPTED = "code-not-accepted"
    EXPIRED = "permit-expired"
    REVOKED = "permit-revoked"
    USED_UP = "permit-used-up"
    PAUSED = "permit-paused"


class Institution(Base):
    """An institution that a permit can be bound to, copied from auth's feed."""

    __tablename__ = "institutions"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))


class Letter(Base):
    """One row of the register of all letters. It names no person."""

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


class Objection(Base):
    """One row of the register of objections, copied from records' feed. It has no text and no figures.

    `months` is null until an event says them: those of older code did not.
    """

    __tablename__ = "objections"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(index=True)
    months: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))
    status: Mapped[ObjectionStatus] = mapped_column(new_enum_type(ObjectionStatus, length=16))
    submitted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Permit(Base):
    """What a person permits: who can see one letter, until when and how often.

    `code_index` identifies the pair of national code and secret code, also after the permit has ended.
    It decrypts nothing.
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

    def get_state(self, now: datetime) -> PermitState:
        """Return the state at a moment of the database's clock."""
        if self.revoked_at:
            return PermitState.REVOKED
        if self.view_count == self.max_views:
            return PermitState.USED_UP
        if self.expires_at <= now:
            return PermitState.EXPIRED
        return PermitState.PAUSED if self.paused_at else PermitState.ACTIVE


class SealedCopy(Base):
    """What a permit's code opens. It is deleted when the permit ends."""

    __tablename__ = "sealed_copies"

    permit_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(Permit.id), primary_key=True)
    wrapped_key: Mapped[bytes]
    record: Mapped[bytes]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class StoredDocument(Base):
    """An object in the store. The row is committed before the object is written, so no object is orphaned.

    After `remove_after` no permit and no ticket opens the object.
    """

    __tablename__ = "stored_documents"

    permit_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    remove_after: Mapped[datetime] = mapped_column(index=True)


class DocumentTicket(Base):
    """The copy's key for five minutes, wrapped under the token in an answer's `document_url`."""

    __tablename__ = "document_tickets"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    permit_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(Permit.id), index=True)
    wrapped_key: Mapped[bytes]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Inquiry(Base):
    """One attempt to see a letter. Without a permit it is a failed attempt on the person of the tag."""

    __tablename__ = "inquiries"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    permit_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey(Permit.id), index=True)
    person_tag: Mapped[str] = mapped_column(sa.String(64), index=True)
    institution_id: Mapped[uuid.UUID | None]
    institution_name: Mapped[str | None] = mapped_column(sa.String(200))
    purpose: Mapped[str | None] = mapped_column(sa.String(200))
    result: Mapped[Result] = mapped_column(new_enum_type(Result, length=32))
    at: Mapped[datetime] = mapped_column(default=sql_now())
    # The loop `refusals` reports attempts without a permit. The column has its first name.
    is_reported: Mapped[bool] = mapped_column("told")

    __table_args__ = (
        sa.Index(
            "ix_inquiries_untold",
            "position",
            sqlite_where=sa.text("NOT told"),
            postgresql_where=sa.text("NOT told"),
        ),
    )


class InstitutionAttempt(Base):
    """An inquiry of an institution. Rows are kept for the hour whose failures are watched."""

    __tablename__ = "institution_attempts"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    institution_id: Mapped[uuid.UUID]
    has_failed: Mapped[bool]
    at: Mapped[datetime] = mapped_column(default=sql_now(), index=True)


class InstitutionAlarm(Base):
    """When an institution's failures last raised an alarm."""

    __tablename__ = "institution_alarms"

    institution_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    raised_at: Mapped[datetime]


class Discrepancy(Base):
    """An institution's report that a month of a letter differs from its own data. The text is encrypted."""

    __tablename__ = "discrepancies"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    inquiry_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(Inquiry.id), index=True)
    month_jalali: Mapped[str] = mapped_column(sa.String(7))
    text: Mapped[bytes]
    at: Mapped[datetime] = mapped_column(default=sql_now())
