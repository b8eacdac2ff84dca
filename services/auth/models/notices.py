"""Messages about events of records, in a table of their own.

The sender of the previous release, which may run on the same schema, would fail at a kind of message that it
does not know.
"""

import enum

from sqlalchemy.orm import Mapped, mapped_column

from services.auth.models.base import Base, NoticeMixin
from services.kit.db import new_enum_type


class RecordNoticeKind(enum.StrEnum):
    """The values are the kinds of the messages."""

    OBJECTION_DECIDED = "objection-decided"
    OBJECTION_QUESTION = "objection-question"


class RecordNotice(NoticeMixin, Base):
    """A message to a person's mobile about the own record."""

    __tablename__ = "record_notices"

    kind: Mapped[RecordNoticeKind] = mapped_column(new_enum_type(RecordNoticeKind, name="kind"))

    @property
    def message_kind(self) -> str:
        return self.kind.value
