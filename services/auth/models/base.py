"""Parts that the tables of auth share: their base, and the columns of codes and of notices."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.kit.db import TYPES, BigKey, new_enum_type, new_metadata, sql_now

SHA256_HEX = sa.String(64)
# "09123456789", or E.164 for another country: a plus sign and 15 digits at most.
MOBILE = sa.String(16)


class Base(DeclarativeBase):
    metadata = new_metadata()
    type_annotation_map = TYPES


def index_waiting_codes(table: str) -> sa.Index:
    """Return the index of the codes of a table that wait to be sent, by their age."""
    waiting = sa.text("due_at IS NOT NULL")
    return sa.Index(f"ix_{table}_waiting", "position", sqlite_where=waiting, postgresql_where=waiting)


class CodeState(enum.StrEnum):
    OPEN = "open"
    DONE = "done"


class CodeMixin:
    """A code to a mobile: requested, sent, tried, used.

    A row looks the same whether or not a code goes out. The sender takes it once `due_at` has passed; null
    means that nothing is left to send. `waiting_code` is the outage that it waits for.
    """

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    state: Mapped[CodeState] = mapped_column(new_enum_type(CodeState, name="state"), default=CodeState.OPEN)
    national_code: Mapped[str] = mapped_column(sa.String(10))
    person_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    code_hash: Mapped[str | None] = mapped_column(SHA256_HEX)
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(default=sql_now(), index=True)
    asked_at: Mapped[datetime] = mapped_column(default=sql_now())
    expires_at: Mapped[datetime] = mapped_column(index=True)
    request_id: Mapped[str] = mapped_column(sa.String(64))
    waiting_code: Mapped[str | None] = mapped_column(sa.String(32))

    @property
    def message_kind(self) -> str:
        """The kind of the message that carries the code."""
        raise NotImplementedError


class NoticeMixin:
    """A message to a person's mobile, sent once `due_at` has passed; null means that nothing is left to send.

    `cause` is unique: the event's id, or a person and a day for kinds that are sent once a day.
    """

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    person_id: Mapped[uuid.UUID]
    cause: Mapped[str] = mapped_column(sa.String(100), unique=True)
    occurred_at: Mapped[datetime]
    sends: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(default=sql_now(), index=True)
    request_id: Mapped[str] = mapped_column(sa.String(64))

    @property
    def message_kind(self) -> str:
        """The kind of the message."""
        raise NotImplementedError
