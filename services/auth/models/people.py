"""Tables of accounts whose person was corrected, or merged with another one.

Messages of these kinds have their own table: the sender of a previous release, which may run on the same
schema, would fail at a kind that it does not know.
"""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.auth.models.base import MOBILE, Base, NoticeMixin
from services.kit.db import new_enum_type, sql_now


class PersonCheck(Base):
    """A person of whom records must be asked, since the person may be another or have another code.

    Each further reason raises `revision`. `tries` counts answers that the person is unknown. `cause` and
    `occurred_at` are of the event, or null after an activation.
    """

    __tablename__ = "person_checks"

    person_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(default=1)
    tries: Mapped[int] = mapped_column(default=0)
    cause: Mapped[str | None] = mapped_column(sa.String(80))
    occurred_at: Mapped[datetime | None]
    due_at: Mapped[datetime] = mapped_column(default=sql_now(), index=True)
    request_id: Mapped[str] = mapped_column(sa.String(64))


class ClosedAccount(Base):
    """One of two accounts of a person, which nobody can sign in to. Officers may choose it instead.

    `person_id` is whose account remains, `former_person_id` the id that this one had.
    """

    __tablename__ = "closed_accounts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    person_id: Mapped[uuid.UUID] = mapped_column(index=True)
    former_person_id: Mapped[uuid.UUID]
    national_code: Mapped[str | None] = mapped_column(sa.String(10), index=True)
    insurance_number: Mapped[str | None] = mapped_column(sa.String(10))
    mobile: Mapped[str] = mapped_column(MOBILE)
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    activated_at: Mapped[datetime]
    closed_at: Mapped[datetime] = mapped_column(default=sql_now(), index=True)


class PersonNoticeKind(enum.StrEnum):
    """The values are the kinds of the messages."""

    IDENTITY_CORRECTED = "identity-corrected"
    CODE_CORRECTED = "national-code-corrected"
    RECORDS_MERGED = "records-merged"
    ACCOUNT_CLOSED = "account-closed"
    ACCOUNT_CHOSEN = "account-chosen"


class PersonNotice(NoticeMixin, Base):
    """A message that a person was corrected or merged, to `mobile` or to the mobile on file if that is null.

    `fields` are the names of what was corrected.
    """

    __tablename__ = "person_notices"

    kind: Mapped[PersonNoticeKind] = mapped_column(new_enum_type(PersonNoticeKind, name="kind"))
    mobile: Mapped[str | None] = mapped_column(MOBILE)
    fields: Mapped[list[str]] = mapped_column(default=list)

    @property
    def message_kind(self) -> str:
        return self.kind.value
