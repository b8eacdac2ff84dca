"""Tables of representatives: what a person gave whom, and the sessions in which that is used.

Messages of these kinds have their own table: the sender of a previous release, which may run on the same
schema, would fail at a kind that it does not know.
"""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.auth.models.base import Base, NoticeMixin
from services.kit.db import BigKey, new_enum_type, sql_now


class MandateStatus(enum.StrEnum):
    """How a mandate stands; the values are those of the API."""

    INVITED = "invited"
    ACTIVE = "active"
    ENDED = "ended"
    EXPIRED = "expired"


class Mandate(Base):
    """What a person gave a helper: an invitation until it is accepted, then until it ends or expires.

    The helper is named by a national code, of an account or not; `helper_id` is the account that accepted.
    The names that the two have for each other are encrypted. A declined invitation has no `accepted_at`.
    """

    __tablename__ = "mandates"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    person_id: Mapped[uuid.UUID] = mapped_column(index=True)
    helper_code: Mapped[str] = mapped_column(sa.String(10), index=True)
    helper_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    scopes: Mapped[list[str]]
    sealed_label: Mapped[bytes]
    sealed_name: Mapped[bytes]
    invited_at: Mapped[datetime] = mapped_column(default=sql_now())
    invitation_expires_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    def get_status(self, now: datetime) -> MandateStatus:
        """Return the status at a moment of the database's clock."""
        if self.accepted_at is None:
            is_over = self.ended_at or self.invitation_expires_at <= now
            return MandateStatus.EXPIRED if is_over else MandateStatus.INVITED
        if self.ended_at:
            return MandateStatus.ENDED
        return MandateStatus.EXPIRED if self.expires_at <= now else MandateStatus.ACTIVE


class ActingSession(Base):
    """The session of a representative's tokens: one for each mandate within a session of the helper.

    Its id is the `sid` of these tokens, of which the last expires at `expires_at`.
    """

    __tablename__ = "acting_sessions"
    __table_args__ = (sa.UniqueConstraint("family_id", "mandate_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    family_id: Mapped[uuid.UUID]
    mandate_id: Mapped[uuid.UUID] = mapped_column(index=True)
    started_at: Mapped[datetime] = mapped_column(default=sql_now())
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class MandateNoticeKind(enum.StrEnum):
    """The values are the kinds of the messages."""

    INVITED = "mandate-offered"
    BEGAN = "mandate-began"
    USED = "mandate-used"


class MandateNotice(NoticeMixin, Base):
    """A message about a mandate to the mobile on file of its person, or of the helper who is invited."""

    __tablename__ = "mandate_notices"

    kind: Mapped[MandateNoticeKind] = mapped_column(new_enum_type(MandateNoticeKind, name="kind"))

    @property
    def message_kind(self) -> str:
        return self.kind.value
