"""Tables of auth: accounts and staff, codes sent to mobiles, refresh families, clients, signing keys.

`staff` has officers, institutions and their clerks and clients, `security` the tables that prevent takeovers
of accounts, `notices` messages about records, `second_factors` those that people add,
`account_notices` those about letters, permits and accounts,
`people` accounts whose person was corrected or merged.
"""

import enum
import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.auth.models.account_notices import AccountNotice, AccountNoticeKind, LetterView, MutedKind
from services.auth.models.base import (
    MOBILE,
    SHA256_HEX,
    Base,
    CodeMixin,
    CodeState,
    NoticeMixin,
    index_waiting_codes,
)
from services.auth.models.counter import CounterNotice, Identification
from services.auth.models.feeds import FEED, FeedCounter, FeedCursor, FeedMark, FeedReader, Outbox
from services.auth.models.notices import RecordNotice, RecordNoticeKind
from services.auth.models.people import ClosedAccount, PersonCheck, PersonNotice, PersonNoticeKind
from services.auth.models.representatives import (
    ActingSession,
    Mandate,
    MandateNotice,
    MandateNoticeKind,
    MandateStatus,
)
from services.auth.models.second_factors import (
    CitizenFactor,
    FactorRequest,
    FactorRequestKind,
    Passkey,
    RecoveryCode,
)
from services.auth.models.security import (
    SIGN_IN_CODE,
    Ending,
    KnownDevice,
    MobileReversal,
    SecurityNotice,
    SecurityNoticeKind,
    SignInCode,
)
from services.auth.models.staff import (
    ActorRole,
    AdministrativeAct,
    Client,
    Institution,
    SecondFactor,
    Staff,
    StaffRole,
)
from services.kit.attempts import FailedAttemptMixin
from services.kit.db import BigKey, new_enum_type, sql_now
from services.kit.idempotency import IdempotencyMixin


class IdempotencyKey(IdempotencyMixin, Base):
    pass


class FailedAttempt(FailedAttemptMixin, Base):
    """Failed sign-ins, requests for codes and messages sent: all are counted in the same way."""


class Account(Base):
    """A citizen's account; its id is the person id that records gave, and the `sub` of the tokens.

    A person without a national code has an insurance number instead, without leading zeros.
    """

    __tablename__ = "accounts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    national_code: Mapped[str | None] = mapped_column(sa.String(10), unique=True)
    insurance_number: Mapped[str | None] = mapped_column(sa.String(10), unique=True)
    mobile: Mapped[str] = mapped_column(MOBILE)
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    activated_at: Mapped[datetime] = mapped_column(default=sql_now())
    # Of messages; null is Persian.
    language: Mapped[str | None] = mapped_column(sa.String(2))
    # When housekeeping deletes it; set once its owner has closed it.
    closes_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index(
            "ix_accounts_closes_at",
            "closes_at",
            sqlite_where=sa.text("closes_at IS NOT NULL"),
            postgresql_where=sa.text("closes_at IS NOT NULL"),
        ),
    )


class CodeKind(enum.StrEnum):
    """The purpose of a code; the values are the kinds of the messages that carry it."""

    ACTIVATION = "activation-code"
    PASSWORD_RESET = "password-reset-code"  # noqa: S105 -- a kind of message
    MOBILE_CHANGE = "mobile-change-code"


class CodeRequest(CodeMixin, Base):
    """A request for a code to a mobile: a registration, a password reset or a change of mobile."""

    __tablename__ = "code_requests"
    __table_args__ = (
        sa.CheckConstraint("tries >= 0", name="tries_not_negative"),
        index_waiting_codes(__tablename__),
        sa.Index(
            "ix_code_requests_tracking_number",
            "tracking_number",
            sqlite_where=sa.text("tracking_number IS NOT NULL"),
            postgresql_where=sa.text("tracking_number IS NOT NULL"),
        ),
    )

    kind: Mapped[CodeKind] = mapped_column(new_enum_type(CodeKind, name="kind"))
    birth_date: Mapped[date | None]
    # Only Iranian ones: no code goes to another one.
    mobile: Mapped[str | None] = mapped_column(sa.String(11))
    # Of registrations: twelve digits with a check digit. Those of before 0.4 have none.
    tracking_number: Mapped[str | None] = mapped_column(sa.String(12))
    # Of a password reset without a national code, which is then "".
    insurance_number: Mapped[str | None] = mapped_column(sa.String(10))

    @property
    def message_kind(self) -> str:
        return self.kind.value


class NoticeKind(enum.StrEnum):
    LETTER_READY = "letter-ready"
    LETTER_VIEWED = "letter-viewed"
    ATTEMPTS_FAILED = "attempts-failed"
    LETTER_SUPERSEDED = "letter-superseded"


class Notice(NoticeMixin, Base):
    """A message to a person's mobile about an event of another service."""

    __tablename__ = "notices"

    kind: Mapped[NoticeKind] = mapped_column(new_enum_type(NoticeKind, name="kind"))

    @property
    def message_kind(self) -> str:
        return self.kind.value


class ContactNotice(Base):
    """A message to the mobile of an institution's contact; `cause` is the event's id."""

    __tablename__ = "contact_notices"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    institution_id: Mapped[uuid.UUID]
    cause: Mapped[str] = mapped_column(sa.String(100), unique=True)
    occurred_at: Mapped[datetime]
    sends: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(default=sql_now(), index=True)
    request_id: Mapped[str] = mapped_column(sa.String(64))


class Role(enum.StrEnum):
    """The roles that sign in; a service never signs in."""

    CITIZEN = "citizen"
    OFFICER = "officer"
    INSTITUTION = "institution"
    ADMIN = "admin"


class RefreshFamily(Base):
    """One sign-in and the refresh tokens that followed; only the newest token's hash is stored."""

    __tablename__ = "refresh_families"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    subject: Mapped[uuid.UUID] = mapped_column(index=True)
    role: Mapped[Role] = mapped_column(new_enum_type(Role, name="role"))
    token_hash: Mapped[str] = mapped_column(SHA256_HEX)
    started_at: Mapped[datetime] = mapped_column(default=sql_now())
    refreshed_at: Mapped[datetime] = mapped_column(default=sql_now())
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    # The known device and the kind of browser on which it began; null in older rows.
    device_id: Mapped[uuid.UUID | None]
    browser: Mapped[str | None] = mapped_column(sa.String(40))


class KeyState(enum.StrEnum):
    PUBLISHED = "published"
    SIGNING = "signing"
    RETIRED = "retired"


class SigningKey(Base):
    """The public half of a key that signs tokens; the private half is a file, never in the database."""

    __tablename__ = "signing_keys"
    __table_args__ = (
        sa.Index(
            "uq_signing_keys_signing",
            "state",
            unique=True,
            sqlite_where=sa.text("state = 'signing'"),
            postgresql_where=sa.text("state = 'signing'"),
        ),
    )

    kid: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    jwk: Mapped[dict[str, Any]]
    state: Mapped[KeyState] = mapped_column(new_enum_type(KeyState, name="state"), default=KeyState.PUBLISHED)
    changed_at: Mapped[datetime] = mapped_column(default=sql_now())


# Every table of messages to people.
NOTICES = (
    AccountNotice,
    CounterNotice,
    MandateNotice,
    Notice,
    PersonNotice,
    RecordNotice,
    SecurityNotice,
)

__all__ = [
    "FEED",
    "NOTICES",
    "SIGN_IN_CODE",
    "Account",
    "AccountNotice",
    "AccountNoticeKind",
    "ActingSession",
    "ActorRole",
    "AdministrativeAct",
    "Base",
    "CitizenFactor",
    "Client",
    "ClosedAccount",
    "CodeKind",
    "CodeMixin",
    "CodeRequest",
    "CodeState",
    "CounterNotice",
    "Ending",
    "FactorRequest",
    "FactorRequestKind",
    "FailedAttempt",
    "FeedCounter",
    "FeedCursor",
    "FeedMark",
    "FeedReader",
    "IdempotencyKey",
    "Identification",
    "Institution",
    "KeyState",
    "KnownDevice",
    "LetterView",
    "Mandate",
    "MandateNotice",
    "MandateNoticeKind",
    "MandateStatus",
    "MobileReversal",
    "MutedKind",
    "Notice",
    "NoticeKind",
    "NoticeMixin",
    "Outbox",
    "Passkey",
    "PersonCheck",
    "PersonNotice",
    "PersonNoticeKind",
    "RecordNotice",
    "RecordNoticeKind",
    "RecoveryCode",
    "RefreshFamily",
    "Role",
    "SecondFactor",
    "SecurityNotice",
    "SecurityNoticeKind",
    "SignInCode",
    "SigningKey",
    "Staff",
    "StaffRole",
]
