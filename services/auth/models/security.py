"""Tables that prevent takeovers of accounts: known devices, sign-in codes, reversals, security notices.

Codes and messages of these kinds have their own tables, not new values in the older ones. Code of the
previous release, which may run on the same schema, would fail at an unknown kind.
"""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.auth.models.base import MOBILE, SHA256_HEX, Base, CodeMixin, NoticeMixin, index_waiting_codes
from services.kit.db import BigKey, new_enum_type, sql_now
from services.kit.endings import EndingMixin

SIGN_IN_CODE = "sign-in-code"


class Ending(EndingMixin, Base):
    """What a person, an officer or an operator has ended, for the journal."""


class KnownDevice(Base):
    """A device on which someone has signed in; `owner_id` is the id of a citizen or member of staff.

    It identifies itself with a token, ``<id>.<256 random bits>``, of which only the hash is stored.
    """

    __tablename__ = "known_devices"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    owner_id: Mapped[uuid.UUID] = mapped_column(index=True)
    token_hash: Mapped[str] = mapped_column(SHA256_HEX)
    first_seen_at: Mapped[datetime] = mapped_column(default=sql_now())
    last_seen_at: Mapped[datetime] = mapped_column(default=sql_now(), index=True)
    # Its kind, such as "firefox/android"; null in older rows.
    browser: Mapped[str | None] = mapped_column(sa.String(40))


class SignInCode(CodeMixin, Base):
    """The second step of a sign-in for which a password is not enough.

    Every such sign-in has a row; `person_id` is set, and a message sent, only if the password was right.
    """

    __tablename__ = "sign_in_codes"
    __table_args__ = (
        sa.CheckConstraint("tries >= 0", name="tries_not_negative"),
        index_waiting_codes(__tablename__),
    )

    @property
    def message_kind(self) -> str:
        return SIGN_IN_CODE


class MobileReversal(Base):
    """A change of mobile that the holder of the old mobile can reverse until `expires_at`.

    `ended_at` is set once it, or an earlier change, was reversed.
    """

    __tablename__ = "mobile_reversals"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    person_id: Mapped[uuid.UUID] = mapped_column(index=True)
    old_mobile: Mapped[str] = mapped_column(MOBILE)
    code_hash: Mapped[str] = mapped_column(SHA256_HEX, unique=True)
    changed_at: Mapped[datetime] = mapped_column(default=sql_now())
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class SecurityNoticeKind(enum.StrEnum):
    """The values are the kinds of the messages."""

    MOBILE_CHANGED = "mobile-changed"
    MOBILE_REVERSED = "mobile-reversed"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 -- a kind of message
    NEW_SIGN_IN = "new-sign-in"
    PERMIT_ISSUED = "permit-issued"
    WRONG_CODES = "wrong-codes"


class SecurityNotice(NoticeMixin, Base):
    """A message about an act that a thief of an account would do.

    It goes to `mobile`, or to the mobile on file if that is null. It carries the code of `reversal_id`.
    """

    __tablename__ = "security_notices"

    kind: Mapped[SecurityNoticeKind] = mapped_column(new_enum_type(SecurityNoticeKind, name="kind"))
    mobile: Mapped[str | None] = mapped_column(MOBILE)
    reversal_id: Mapped[uuid.UUID | None]

    @property
    def message_kind(self) -> str:
        return self.kind.value
