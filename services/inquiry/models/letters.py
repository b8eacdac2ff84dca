"""The register of letters and of objections, and the institutions."""

import enum
import uuid
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.inquiry.models.base import Base
from services.kit.db import BigKey, new_enum_type


class LetterState(enum.StrEnum):
    VALID = "valid"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    ENDED = "ended"


class RegisteredKind(enum.StrEnum):
    """What has a serial number: a letter, or answers to an institution."""

    LETTER = "letter"
    ANSWERS = "answers"


class ObjectionStatus(enum.StrEnum):
    """How an objection stands, as institutions hear it. A proposed decision is not made yet."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Institution(Base):
    """An institution that a permit can be bound to, copied from auth's feed.

    What only `institution.changed` has is null until that event.
    """

    __tablename__ = "institutions"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    contact: Mapped[str | None] = mapped_column(sa.String(200))
    verified_since: Mapped[datetime | None]
    purposes: Mapped[list[dict[str, str]] | None] = mapped_column(sa.JSON(none_as_null=True))
    return_urls: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))
    daily_quota: Mapped[int | None]
    is_disabled: Mapped[bool | None]


class Letter(Base):
    """One row of the register of all letters and answers. It names no person.

    `consent_id` is null for letters; for answers it is the consent, or the permit that shows only answers.
    Answers end at `ended_at`, which may be in the future.
    """

    __tablename__ = "letters"
    __table_args__ = (
        sa.Index(
            "ix_letters_revoked",
            "serial",
            sqlite_where=sa.text("revoked_at IS NOT NULL"),
            postgresql_where=sa.text("revoked_at IS NOT NULL"),
        ),
    )

    serial: Mapped[str] = mapped_column(sa.String(13), primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    issued_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    consent_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]

    @property
    def kind(self) -> RegisteredKind:
        return RegisteredKind.ANSWERS if self.consent_id else RegisteredKind.LETTER

    @property
    def state(self) -> LetterState:
        if self.revoked_at:
            return LetterState.REVOKED
        if self.consent_id and self.ended_at and self.ended_at <= datetime.now(UTC):
            return LetterState.ENDED
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
