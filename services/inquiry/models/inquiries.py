"""Inquiries, and the watch over institutions' failures."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.inquiry.models.base import Base
from services.inquiry.models.permits import Permit
from services.kit.db import BigKey, new_enum_type, sql_now


class Result(enum.StrEnum):
    """The outcome of an inquiry. All but the first two are problem codes."""

    ANSWERED = "answered"
    OTHER_INSTITUTION = "other-institution"
    NOT_ACCEPTED = "code-not-accepted"
    EXPIRED = "permit-expired"
    REVOKED = "permit-revoked"
    USED_UP = "permit-used-up"
    PAUSED = "permit-paused"
    LETTER_REVOKED = "letter-revoked"


class Inquiry(Base):
    """One attempt to see a letter. Without a permit it is a failed attempt on the person of the tag."""

    __tablename__ = "inquiries"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    permit_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey(Permit.id), index=True)
    person_tag: Mapped[str] = mapped_column(sa.String(64), index=True)
    institution_id: Mapped[uuid.UUID | None]
    institution_name: Mapped[str | None] = mapped_column(sa.String(200))
    # What an inquirer without an account says to be; nobody has checked it.
    claimed_institution: Mapped[str | None] = mapped_column(sa.String(100))
    purpose: Mapped[str | None] = mapped_column(sa.String(200))
    result: Mapped[Result] = mapped_column(new_enum_type(Result, length=32))
    at: Mapped[datetime] = mapped_column(default=sql_now())
    # The loop `refusals` reports attempts without a permit. The column has its first name.
    is_reported: Mapped[bool] = mapped_column("told")

    permit: Mapped[Permit | None] = relationship()

    __table_args__ = (
        sa.Index(
            "ix_inquiries_institution_id",
            "institution_id",
            "position",
            sqlite_where=sa.text("institution_id IS NOT NULL"),
            postgresql_where=sa.text("institution_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_inquiries_untold",
            "position",
            sqlite_where=sa.text("NOT told"),
            postgresql_where=sa.text("NOT told"),
        ),
    )


class InstitutionInquiry(Base):
    """An inquiry as its institution finds it again: when, by whom, what for, with what result.

    It names no person, and is there whether or not such a person exists. `id` is that of the inquiry, if it
    was a right pair. Rows are deleted after 30 days.
    """

    __tablename__ = "institution_inquiries"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    institution_id: Mapped[uuid.UUID]
    # The sub of the clerk's or the client's token.
    subject: Mapped[str] = mapped_column(sa.String(64))
    reference: Mapped[str | None] = mapped_column(sa.String(64))
    purpose: Mapped[str | None] = mapped_column(sa.String(200))
    result: Mapped[Result] = mapped_column(new_enum_type(Result, length=32))
    serial: Mapped[str | None] = mapped_column(sa.String(13))
    at: Mapped[datetime] = mapped_column(default=sql_now(), index=True)

    __table_args__ = (
        sa.Index("ix_institution_inquiries_institution_id_position", "institution_id", "position"),
        sa.Index("ix_institution_inquiries_subject_position", "subject", "position"),
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
