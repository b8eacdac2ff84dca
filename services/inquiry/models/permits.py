"""Permits, and what their codes open."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.inquiry.models.base import Base
from services.inquiry.models.letters import Institution, Letter
from services.kit.db import BigKey, sql_now


class PermitState(enum.StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    EXPIRED = "expired"
    REVOKED = "revoked"
    USED_UP = "used-up"
    LETTER_REVOKED = "letter-revoked"


class Permit(Base):
    """What a person permits: who can see one letter, until when and how often.

    `code_index` identifies the pair of national code and secret code, also after the permit has ended.
    It decrypts nothing. `issued_by` is the representative who issued it for the person, null otherwise.
    """

    __tablename__ = "permits"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(unique=True)
    person_id: Mapped[uuid.UUID] = mapped_column(index=True)
    person_tag: Mapped[str] = mapped_column(sa.String(64), index=True)
    letter_id: Mapped[uuid.UUID]
    serial: Mapped[str] = mapped_column(sa.ForeignKey(Letter.serial), index=True)
    institution_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey(Institution.id))
    generation: Mapped[int]
    code_index: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=sql_now())
    expires_at: Mapped[datetime]
    max_views: Mapped[int | None]
    view_count: Mapped[int] = mapped_column(default=0)
    # What the owner calls the permit, encrypted as notes are.
    label: Mapped[bytes | None]
    paused_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    issued_by: Mapped[uuid.UUID | None]
    # When its owner is to be reminded of the end; null without a reminder, and after it.
    remind_at: Mapped[datetime | None]

    institution: Mapped[Institution | None] = relationship(lazy="joined")
    letter: Mapped[Letter] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        sa.CheckConstraint("expires_at > created_at", "ends_after_start"),
        sa.CheckConstraint("max_views BETWEEN 1 AND 1000", "max_views_in_range"),
        sa.CheckConstraint("view_count >= 0 AND view_count <= max_views", "views_within_limit"),
        sa.Index(
            "ix_permits_remind_at",
            "remind_at",
            sqlite_where=sa.text("remind_at IS NOT NULL"),
            postgresql_where=sa.text("remind_at IS NOT NULL"),
        ),
    )

    def get_state(self, now: datetime) -> PermitState:
        """Return the state at a moment of the database's clock."""
        if self.revoked_at:
            return PermitState.REVOKED
        if self.letter.revoked_at:
            return PermitState.LETTER_REVOKED
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
    """The copy's key for some minutes, wrapped under the token in an answer's `document_url`."""

    __tablename__ = "document_tickets"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    permit_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(Permit.id), index=True)
    wrapped_key: Mapped[bytes]
    expires_at: Mapped[datetime] = mapped_column(index=True)
