"""The tables of doubtful identities: rows that count in nobody's record, and values that differ."""

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.kit.db import BigKey
from services.records.models.base import Base, HeldRowStatus
from services.records.models.lists import ImportedList


class HeldRow(Base):
    """A row of an accepted list that counts in nobody's record until two officers decide whose it is.

    `content` has the identity and the figures of the row, `person_position` the known person whom it names,
    or for whom it counts.
    """

    __tablename__ = "held_rows"
    __table_args__ = (
        sa.UniqueConstraint("list_position", "row"),
        sa.Index("ix_held_rows_status_position", "status", "position"),
    )

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    list_position: Mapped[int] = mapped_column(sa.ForeignKey("lists.position"))
    row: Mapped[int]
    reasons: Mapped[list[str]]
    content: Mapped[dict[str, Any]]
    person_position: Mapped[int | None] = mapped_column(sa.ForeignKey("people.position"), index=True)
    status: Mapped[HeldRowStatus] = mapped_column(default=HeldRowStatus.HELD)
    proposal_position: Mapped[int | None] = mapped_column(sa.ForeignKey("proposals.position"))
    list: Mapped[ImportedList] = relationship()


class FormerHeldRow(Base):
    """A decided row of a version of a list that was replaced or withdrawn. The decision holds for its like.

    `row` is its number in that version.
    """

    __tablename__ = "former_held_rows"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    list_position: Mapped[int] = mapped_column(sa.ForeignKey("lists.position"))
    version: Mapped[int]
    row: Mapped[int]
    content: Mapped[dict[str, Any]]
    person_position: Mapped[int | None] = mapped_column(sa.ForeignKey("people.position"), index=True)
    status: Mapped[HeldRowStatus]
    proposal_position: Mapped[int] = mapped_column(sa.ForeignKey("proposals.position"))


class FormerIdentifier(Base):
    """A national code or an insurance number that a person had until officers corrected it.

    Employers go on writing it: a list's row with it may still be this person's.
    """

    __tablename__ = "former_identifiers"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    person_position: Mapped[int] = mapped_column(sa.ForeignKey("people.position"), index=True)
    national_code: Mapped[str | None] = mapped_column(sa.String(10), index=True)
    insurance_number: Mapped[str | None] = mapped_column(sa.String(10), index=True)


class IdentityDifference(Base):
    """A value of a counted row that differs from what is known of its person.

    `field` is the number of the bit that `Contribution.stated` has for the field.
    """

    __tablename__ = "identity_differences"
    __table_args__ = (sa.Index("ix_identity_differences_list_position", "list_position"),)

    person_position: Mapped[int] = mapped_column(sa.ForeignKey("people.position"), primary_key=True)
    list_position: Mapped[int] = mapped_column(sa.ForeignKey("lists.position"), primary_key=True)
    field: Mapped[int] = mapped_column(sa.SmallInteger(), primary_key=True)
    value: Mapped[str]
