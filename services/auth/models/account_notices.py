"""Messages about letters, permits and the account itself, what they count, and how people want them.

A kind is a text without a CHECK: code that does not know a kind leaves its rows to code that does.
"""

import enum
import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.auth.models.base import MOBILE, Base, NoticeMixin
from services.kit.db import BigKey


class AccountNoticeKind(enum.StrEnum):
    """The values are the kinds of the messages."""

    LETTER_REVOKED = "letter-revoked"
    DISCREPANCY_REPORTED = "discrepancy-reported"
    PERMIT_ENDING = "permit-ending"
    VIEWS_OF_DAY = "letter-views"
    ACCOUNT_EXISTS = "account-exists"
    SECOND_FACTOR_CHANGED = "second-factor-changed"
    ACCOUNT_ENDED = "account-ended"


class AccountNotice(NoticeMixin, Base):
    """A message to `mobile`, or to the mobile on file if that is null; `day` is the day whose views count."""

    __tablename__ = "account_notices"

    kind: Mapped[str] = mapped_column(sa.String(40))
    mobile: Mapped[str | None] = mapped_column(MOBILE)
    day: Mapped[date | None]

    @property
    def message_kind(self) -> str:
        return self.kind


class LetterView(Base):
    """A view of a letter, counted in the message of its day in Tehran; `cause` is the event's id."""

    __tablename__ = "letter_views"
    __table_args__ = (sa.Index("ix_letter_views_person_id_day", "person_id", "day"),)

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    person_id: Mapped[uuid.UUID]
    day: Mapped[date]
    cause: Mapped[str] = mapped_column(sa.String(80), unique=True)
    occurred_at: Mapped[datetime] = mapped_column(index=True)


class MutedKind(Base):
    """A kind of message that a person reads only in the portal."""

    __tablename__ = "muted_kinds"

    person_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
