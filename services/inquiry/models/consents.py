"""Consent requests of institutions, their answers, and what institutions have set up for them.

A national code is here only sealed, and only until records has said whose it is. Answers are here only
sealed, to the institution's key or to this service.
"""

import enum
import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.inquiry.models.base import Base
from services.kit.db import BigKey, new_enum_type, sql_now


class ConsentState(enum.StrEnum):
    """The state of a consent request. To an institution the first two are alike."""

    ASKED = "asked"
    REFUSED = "refused"
    PREPARING = "preparing"
    ANSWERED = "answered"
    LAPSED = "lapsed"
    REVOKED = "revoked"


class AskKind(enum.StrEnum):
    ANSWERS = "answers"
    LETTER = "letter"


class SealMethod(enum.StrEnum):
    """To whom an answer is sealed: the institution's key, or this service."""

    KEY = "key"
    SERVICE = "service"


class ConsentBatch(Base):
    """Consent requests that came together. `refused` has `line` and `code` of each line that was refused."""

    __tablename__ = "consent_batches"
    __table_args__ = (sa.Index("ix_consent_batches_institution_id_position", "institution_id", "position"),)

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    institution_id: Mapped[uuid.UUID]
    subject: Mapped[str] = mapped_column(sa.String(64))
    accepted: Mapped[int]
    refused: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON())
    created_at: Mapped[datetime] = mapped_column(default=sql_now(), index=True)


class ConsentRequest(Base):
    """An institution asks about one person, for one purpose.

    `tag` is the keyed hash of institution and national code, and `open_tag` the same while a second request
    is `already-asked`. `sealed_code` is the national code or insurance number until records has replied;
    `resolved_at` is when it did, and `person_id` stays null for nobody. `is_hidden` is a request that the
    person does not see, because of a block or a recent refusal. `approval` is the hash of what was approved.
    `failures` counts wrong check numbers. `closed_at` is when the institution was notified of the end.
    """

    __tablename__ = "consent_requests"
    __table_args__ = (
        sa.UniqueConstraint("institution_id", "open_tag", name="uq_consent_requests_open_tag"),
        sa.Index("ix_consent_requests_institution_id_position", "institution_id", "position"),
        sa.Index("ix_consent_requests_institution_id_created_at", "institution_id", "created_at"),
        sa.Index("ix_consent_requests_person_id_position", "person_id", "position"),
        sa.Index("ix_consent_requests_batch_id_position", "batch_id", "position"),
        sa.Index(
            "ix_consent_requests_unresolved",
            "position",
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        ),
        sa.Index(
            "ix_consent_requests_unclosed",
            "expires_at",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
        sa.Index(
            "ix_consent_requests_ending",
            "ends_at",
            sqlite_where=sa.text("state = 'answered'"),
            postgresql_where=sa.text("state = 'answered'"),
        ),
        sa.CheckConstraint("answer_days BETWEEN 1 AND 365", "answer_days_in_range"),
    )

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    institution_id: Mapped[uuid.UUID]
    # The sub of the clerk's or the client's token, and whether that was a clerk.
    subject: Mapped[str] = mapped_column(sa.String(64))
    is_of_clerk: Mapped[bool]
    batch_id: Mapped[uuid.UUID | None]
    tag: Mapped[str] = mapped_column(sa.String(64))
    open_tag: Mapped[str | None] = mapped_column(sa.String(64))
    sealed_code: Mapped[bytes | None]
    resolved_at: Mapped[datetime | None]
    person_id: Mapped[uuid.UUID | None]
    is_hidden: Mapped[bool] = mapped_column(default=False)
    kind: Mapped[AskKind] = mapped_column(new_enum_type(AskKind, length=16))
    # `questions` or `types`, as they came.
    asks: Mapped[dict[str, Any]] = mapped_column(sa.JSON())
    purpose: Mapped[str] = mapped_column(sa.String(32))
    reference: Mapped[str | None] = mapped_column(sa.String(64))
    answer_days: Mapped[int]
    return_url: Mapped[str | None] = mapped_column(sa.String(500))
    # As the institution wants it; what was used stands with the answer.
    seal: Mapped[SealMethod] = mapped_column(new_enum_type(SealMethod, length=16))
    is_counter: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[int] = mapped_column(default=0)
    state: Mapped[ConsentState] = mapped_column(
        new_enum_type(ConsentState, length=16), default=ConsentState.ASKED
    )
    created_at: Mapped[datetime] = mapped_column(default=sql_now())
    expires_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    approval: Mapped[str | None] = mapped_column(sa.String(64))
    agreement_version: Mapped[int | None]
    answered_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    # Of the answers, or of the letter.
    serial: Mapped[str | None] = mapped_column(sa.String(13), index=True)
    disclosure_id: Mapped[uuid.UUID | None] = mapped_column(unique=True)
    letter_id: Mapped[uuid.UUID | None]
    # When the loop fetches the letter that is being prepared; null for answers, and after it.
    fetch_at: Mapped[datetime | None] = mapped_column(index=True)


class SealedAnswer(Base):
    """An answer as the institution fetches it; deleted when the request ends.

    `content` is the compact JWE to the institution's key `thumbprint`; without a thumbprint it is the JWS,
    encrypted under `wrapped_key`, which a file outside of the database unwraps.
    """

    __tablename__ = "sealed_answers"

    consent_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(ConsentRequest.id), primary_key=True)
    content: Mapped[bytes]
    thumbprint: Mapped[str | None] = mapped_column(sa.String(64))
    wrapped_key: Mapped[bytes | None]


class AnswerView(Base):
    """A fetch of an answer; `part` is answer, document or statement."""

    __tablename__ = "answer_views"
    __table_args__ = (sa.Index("ix_answer_views_consent_id_position", "consent_id", "position"),)

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    consent_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(ConsentRequest.id))
    subject: Mapped[str] = mapped_column(sa.String(64))
    part: Mapped[str] = mapped_column(sa.String(16))
    at: Mapped[datetime] = mapped_column(default=sql_now())


class WageQuestion(Base):
    """A wage question that was asked: what is counted so that steps are not halved into a wage."""

    __tablename__ = "wage_questions"
    __table_args__ = (sa.Index("ix_wage_questions_institution_id_tag", "institution_id", "tag"),)

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    institution_id: Mapped[uuid.UUID]
    tag: Mapped[str] = mapped_column(sa.String(64))
    rials: Mapped[int] = mapped_column(sa.BigInteger())
    months: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(default=sql_now(), index=True)


class BlockedInstitution(Base):
    """An institution whose requests a person does not want to see."""

    __tablename__ = "blocked_institutions"

    person_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    blocked_at: Mapped[datetime] = mapped_column(default=sql_now())


class InstitutionKey(Base):
    """The public key to which an institution's new answers are sealed."""

    __tablename__ = "institution_keys"

    institution_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    jwk: Mapped[dict[str, Any]] = mapped_column(sa.JSON())
    thumbprint: Mapped[str] = mapped_column(sa.String(64))
    set_by: Mapped[str] = mapped_column(sa.String(64))
    set_at: Mapped[datetime] = mapped_column(default=sql_now())


class InstitutionWebhook(Base):
    """Where an institution is notified. The secrets are encrypted; the old one signs too until `old_until`.

    An institution without a webhook may have a row too, for `forbids_service_seal`.
    """

    __tablename__ = "institution_webhooks"

    institution_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    url: Mapped[str | None] = mapped_column(sa.String(500))
    sealed_secret: Mapped[bytes | None]
    old_secret: Mapped[bytes | None]
    old_until: Mapped[datetime | None]
    forbids_service_seal: Mapped[bool] = mapped_column(default=False)
    set_at: Mapped[datetime] = mapped_column(default=sql_now())


class WebhookDelivery(Base):
    """A notification of an institution. `due_at` is the next attempt; null once delivered or given up."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        sa.Index("ix_webhook_deliveries_institution_id_position", "institution_id", "position"),
        sa.Index(
            "ix_webhook_deliveries_due_at",
            "due_at",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        ),
    )

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    institution_id: Mapped[uuid.UUID]
    consent_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    body: Mapped[dict[str, Any]] = mapped_column(sa.JSON())
    created_at: Mapped[datetime] = mapped_column(default=sql_now(), index=True)
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    delivered_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(sa.String(64))
