"""Tables of disclosure and their constraints."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.kit import logging
from services.kit.db import TYPES, BigKey, new_enum_type, new_metadata, sql_now
from services.kit.endings import EndingMixin
from services.kit.feed import FeedCursorMixin
from services.kit.feed_tails import FeedMarkMixin, FeedReaderMixin, FeedTables
from services.kit.idempotency import IdempotencyMixin
from services.kit.latin_names import MAX_LATIN_NAME
from services.kit.merged_people import MergedPersonMixin
from services.kit.outbox import FeedCounterMixin, OutboxMixin
from services.kit.revocation import EndedSessionMixin
from services.kit.tokens import KnownKeyMixin

MAX_NOTE = MAX_REASON = 500
# Requests whose snapshot is still in its row although their letter is ready.
UNSEALED = "state = 'ready' AND statement_key IS NULL"


class RequestState(StrEnum):
    """The state of a disclosure request."""

    QUEUED = "queued"
    RENDERING = "rendering"
    READY = "ready"
    FAILED = "failed"


class FailureCode(StrEnum):
    """Why a request failed."""

    RENDERING_FAILED = "rendering-failed"
    STATEMENT_TOO_LARGE = "statement-too-large"


class WaitingCode(StrEnum):
    """What a request without a letter waits for: an outage, which is not the request's failure."""

    TIMESTAMP = "timestamp-unavailable"
    STORAGE = "storage-unavailable"
    CERTIFICATE = "certificate-unavailable"


class LetterState(StrEnum):
    """The state of a letter."""

    VALID = "valid"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


# A request is claimed again while it is rendering if the lease of its attempt has expired.
TRANSITIONS: Mapping[RequestState, frozenset[RequestState]] = {
    RequestState.QUEUED: frozenset({RequestState.RENDERING}),
    RequestState.RENDERING: frozenset(RequestState),
    RequestState.FAILED: frozenset({RequestState.QUEUED}),
    RequestState.READY: frozenset(),
}


class LetterLanguage(StrEnum):
    """The language of a letter: Persian, or English beside it."""

    PERSIAN = "fa"
    BILINGUAL = "fa-en"


class TransitionForbidden(Exception):
    """A request cannot move from its state to the new one."""


def find_states_before(state: RequestState) -> frozenset[RequestState]:
    """Return the states from which a request may move to this one."""
    return frozenset(before for before, after in TRANSITIONS.items() if state in after)


class Base(DeclarativeBase):
    metadata = new_metadata()
    type_annotation_map = TYPES


class Agreement(Base):
    """One version of the agreement; rows are only ever added.

    The highest one that is valid is the current one: from `valid_from`, or immediately if that is null.
    """

    __tablename__ = "agreements"
    __table_args__ = (
        sa.CheckConstraint("version > 0", name="counted_from_one"),
        sa.CheckConstraint("text_fa <> '' AND text_en <> ''", name="not_empty"),
    )

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text_fa: Mapped[str] = mapped_column(sa.Text())
    text_en: Mapped[str] = mapped_column(sa.Text())
    sha256: Mapped[str] = mapped_column(sa.String(64))
    published_at: Mapped[datetime] = mapped_column(default=sql_now())
    valid_from: Mapped[datetime | None]


class Citizen(Base):
    """A person who has used this service; `lock_citizen` locks the row."""

    __tablename__ = "citizens"

    person_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


class DisclosureRequest(Base):
    """A disclosure request, with the statement as it was at that time.

    `attempt` is the fencing token: every claim raises it. `tries` counts claims since the request was last
    queued by a person. `request_id` is the correlation id of the call that queued it (`X-Request-ID`).

    `claimable_at` is when a queued request may be claimed, and when the lease of a rendering one ends.
    `nudge_at` is when the sweeper publishes its task again. `waiting_code` is the outage that ended the last
    attempt; it stays until an attempt ends in another way. Once the letter is ready, the statement moves
    into the object `statement_key` and the row holds `{}`. That does not happen before `seal_from`, which
    the migration sets to the end of an upgrade. `language` is null in rows of earlier releases: Persian.
    `latin_name` is the person's own spelling of the name, for a bilingual letter.
    """

    __tablename__ = "requests"
    __table_args__ = (
        sa.CheckConstraint("(state = 'failed') = (failure_code IS NOT NULL)", name="failed_has_code"),
        sa.CheckConstraint("attempt >= tries AND tries >= 0", name="tries"),
        sa.Index("ix_requests_state_position", "state", "position"),
        sa.Index("ix_requests_person_id_position", "person_id", "position"),
        sa.Index(
            "ix_requests_unsealed",
            "seal_from",
            sqlite_where=sa.text(UNSEALED),
            postgresql_where=sa.text(UNSEALED),
        ),
    )

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    person_id: Mapped[uuid.UUID]
    types: Mapped[list[str]]
    note: Mapped[str | None] = mapped_column(sa.String(MAX_NOTE))
    language: Mapped[str | None] = mapped_column(sa.String(8))
    latin_name: Mapped[str | None] = mapped_column(sa.String(MAX_LATIN_NAME))
    tracking_number: Mapped[str] = mapped_column(sa.String(12), unique=True)
    serial: Mapped[str] = mapped_column(sa.String(13), unique=True)
    agreement_version: Mapped[int]
    agreement_sha256: Mapped[str] = mapped_column(sa.String(64))
    statement: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    statement_key: Mapped[str | None] = mapped_column(sa.String(200))
    seal_from: Mapped[datetime] = mapped_column(server_default=sql_now())
    requested_at: Mapped[datetime] = mapped_column(default=sql_now())
    state: Mapped[RequestState] = mapped_column(
        new_enum_type(RequestState, length=24), default=RequestState.QUEUED
    )
    queued_at: Mapped[datetime] = mapped_column(default=sql_now())
    attempt: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    claimable_at: Mapped[datetime] = mapped_column(default=sql_now())
    nudge_at: Mapped[datetime]
    # The column keeps its first name, since older code runs beside this one during an upgrade.
    request_id: Mapped[str] = mapped_column("call_id", sa.String(64), default=logging.get_request_id)
    failure_code: Mapped[FailureCode | None] = mapped_column(new_enum_type(FailureCode, length=24))
    waiting_code: Mapped[str | None] = mapped_column(sa.String(32))

    def move(self, state: RequestState) -> None:
        """Move to another state. Raises TransitionForbidden."""
        if state not in TRANSITIONS[self.state]:
            raise TransitionForbidden(f"{self.state} to {state}")
        self.state = state
        if state is not RequestState.RENDERING:
            self.waiting_code = None


class Letter(Base):
    """A letter in an inbox; a disclosure request has at most one.

    `covers_to_jalali` is the month in which its statement was made.
    """

    __tablename__ = "letters"
    __table_args__ = (
        sa.CheckConstraint("(state = 'revoked') = (revoked_at IS NOT NULL)", name="revoked_has_time"),
        sa.CheckConstraint("superseded_by IS NULL OR superseded_at IS NOT NULL", name="superseded_has_time"),
        sa.CheckConstraint("pages > 0 AND size > 0", name="not_empty"),
        sa.Index("ix_letters_person_id_position", "person_id", "position"),
    )

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    # As above.
    disclosure_id: Mapped[uuid.UUID] = mapped_column("request_id", sa.ForeignKey("requests.id"), unique=True)
    person_id: Mapped[uuid.UUID]
    serial: Mapped[str] = mapped_column(sa.String(13), unique=True)
    types: Mapped[list[str]]
    issued_at: Mapped[datetime]
    as_of: Mapped[datetime]
    covers_to_jalali: Mapped[str] = mapped_column(sa.String(7))
    attempt: Mapped[int]
    object_key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    unsigned_sha256: Mapped[str] = mapped_column(sa.String(64))
    pages: Mapped[int]
    size: Mapped[int]
    state: Mapped[LetterState] = mapped_column(
        new_enum_type(LetterState, length=24), default=LetterState.VALID
    )
    superseded_at: Mapped[datetime | None]
    superseded_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("letters.id"), index=True)
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(sa.String(64))
    revocation_reason: Mapped[str | None] = mapped_column(sa.String(MAX_REASON))
    seen_at: Mapped[datetime | None]


class DeletedLetter(Base):
    """A letter that was deleted with its request. It names no person; the register of inquiry answers."""

    __tablename__ = "deleted_letters"

    serial: Mapped[str] = mapped_column(sa.String(13), primary_key=True)
    letter_id: Mapped[uuid.UUID]
    deleted_at: Mapped[datetime] = mapped_column(default=sql_now())


class FigureCheck(Base):
    """A letter whose figures must be compared with the record, which changed at `changed_at`.

    Each further change raises `revision`. `tries` counts comparisons that the letter itself prevented. The
    identity that the letter shows is compared too after a correction or a merger of the person.
    """

    __tablename__ = "figure_checks"

    letter_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("letters.id"), primary_key=True)
    changed_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)
    tries: Mapped[int] = mapped_column(default=0)
    compares_identity: Mapped[bool | None] = mapped_column(default=False)
    due_at: Mapped[datetime] = mapped_column(default=sql_now(), index=True)


class IssuedAnswer(Base):
    """Answers that were issued, to learn when they would be others today. They are not stored themselves.

    `tag` is the keyed hash of the answers with the identity that stands with them; `due_at` is when they are
    computed again, null once they are superseded. Permits have no `consent_id`.
    """

    __tablename__ = "issued_answers"
    __table_args__ = (
        sa.Index(
            "ix_issued_answers_due_at",
            "due_at",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        ),
    )

    serial: Mapped[str] = mapped_column(sa.String(13), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(index=True)
    consent_id: Mapped[uuid.UUID | None]
    questions: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON())
    tag: Mapped[str] = mapped_column(sa.String(100))
    issued_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    superseded_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]


class ConsentLetter(Base):
    """The request that an approved consent has queued. After `ended_at` its letter is not released."""

    __tablename__ = "consent_letters"

    consent_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    disclosure_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("requests.id", ondelete="CASCADE"), unique=True
    )
    requested_at: Mapped[datetime] = mapped_column(default=sql_now())
    ended_at: Mapped[datetime | None]


class Activity(Base):
    """One thing that happened to a person, here or in another service.

    `sort_key` follows the time of the event, not the time of its arrival.
    """

    __tablename__ = "activity"
    __table_args__ = (sa.Index("ix_activity_person_id_sort_key", "person_id", "sort_key"),)

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    person_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime]
    sort_key: Mapped[int] = mapped_column(sa.BigInteger())
    references: Mapped[dict[str, Any]]


class ActivityGap(Base):
    """A time of which lines may be missing: events of a service were deleted before they were read.

    `since` is when the last event was that was read; null if nothing had been read.
    """

    __tablename__ = "activity_gaps"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    source: Mapped[str] = mapped_column(sa.String(32))
    since: Mapped[datetime | None]
    until: Mapped[datetime] = mapped_column(default=sql_now())


class Outbox(OutboxMixin, Base):
    __table_args__ = (
        sa.Index(
            "ix_outbox_task_age",
            "published_at",
            sqlite_where=sa.text("kind = 'task'"),
            postgresql_where=sa.text("kind = 'task'"),
        ),
    )


class FeedCounter(FeedCounterMixin, Base):
    pass


class FeedReader(FeedReaderMixin, Base):
    pass


class FeedMark(FeedMarkMixin, Base):
    pass


FEED = FeedTables(Outbox, FeedCounter, FeedReader, FeedMark)


class FeedCursor(FeedCursorMixin, Base):
    pass


class MergedPerson(MergedPersonMixin, Base):
    pass


class KnownKey(KnownKeyMixin, Base):
    pass


class Ending(EndingMixin, Base):
    pass


class EndedSession(EndedSessionMixin, Base):
    pass


class IdempotencyKey(IdempotencyMixin, Base):
    pass
