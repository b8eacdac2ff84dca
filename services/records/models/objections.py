"""What people say against their records, what officers decided, and the corrections that followed."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.kit.db import BigKey, sql_now
from services.kit.jalali import JalaliMonth
from services.records.models.base import Base, ObjectionKind, ObjectionStatus
from services.records.models.lists import Person


def _one_of_a_kind(name: str, where: str) -> sa.Index:
    """At most one objection of each kind a person has in that state."""
    return sa.Index(
        f"uq_objections_{name}",
        "person_position",
        "kind",
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


class Objection(Base):
    """What a person says is wrong in the own record, and what two officers decided; then it never changes.

    `workshop_name` to `days` belong to a missing period; the other kind has its months in rows of their own.
    """

    __tablename__ = "objections"
    __table_args__ = (
        sa.Index("ix_objections_person_position_position", "person_position", "position"),
        sa.Index("ix_objections_status_position", "status", "position"),
        _one_of_a_kind("draft", "status = 'draft'"),
        _one_of_a_kind("open", "status IN ('submitted', 'proposed')"),
        sa.CheckConstraint(
            "CASE kind WHEN 'days' THEN workshop_name IS NULL AND workshop_code IS NULL AND city IS NULL"
            " AND start_date IS NULL AND end_date IS NULL AND days IS NULL"
            " ELSE workshop_name IS NOT NULL AND city IS NOT NULL AND start_date IS NOT NULL"
            " AND end_date IS NOT NULL AND days IS NOT NULL AND start_date <= end_date AND days >= 1 END",
            name="fields_of_kind",
        ),
        sa.CheckConstraint(
            "(status = 'draft') = (tracking_number IS NULL) AND (status = 'draft') = (submitted_at IS NULL)",
            name="submitted",
        ),
        sa.CheckConstraint(
            "CASE WHEN status IN ('draft', 'submitted')"
            " THEN accept IS NULL AND reason IS NULL AND proposed_by IS NULL AND proposed_at IS NULL"
            " ELSE accept IS NOT NULL AND reason IS NOT NULL AND proposed_by IS NOT NULL"
            " AND proposed_at IS NOT NULL END",
            name="proposed",
        ),
        sa.CheckConstraint(
            "CASE status WHEN 'accepted' THEN accept WHEN 'rejected' THEN NOT accept"
            " ELSE confirmed_by IS NULL AND decided_at IS NULL END",
            name="decided",
        ),
        sa.CheckConstraint(
            "status NOT IN ('accepted', 'rejected') OR (confirmed_by IS NOT NULL AND decided_at IS NOT NULL"
            " AND confirmed_by <> proposed_by)",
            name="decided_by_two",
        ),
    )

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    person_position: Mapped[int] = mapped_column(sa.ForeignKey("people.position"))
    kind: Mapped[ObjectionKind]
    status: Mapped[ObjectionStatus] = mapped_column(default=ObjectionStatus.DRAFT)
    tracking_number: Mapped[str | None] = mapped_column(sa.String(12), unique=True)
    text: Mapped[str]
    workshop_name: Mapped[str | None]
    workshop_code: Mapped[str | None] = mapped_column(sa.String(10))
    city: Mapped[str | None]
    start_date: Mapped[date | None]
    end_date: Mapped[date | None]
    days: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=sql_now())
    submitted_at: Mapped[datetime | None]
    accept: Mapped[bool | None]
    reason: Mapped[str | None]
    proposed_by: Mapped[str | None] = mapped_column(sa.String(36))
    proposed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None] = mapped_column(sa.String(36))
    decided_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship()
    months: Mapped[list["ClaimedMonth"]] = relationship(
        cascade="all, delete-orphan",
        passive_deletes=True,
        lazy="selectin",
        order_by="(ClaimedMonth.month, ClaimedMonth.workshop_code)",
    )
    corrections: Mapped[list["Correction"]] = relationship(
        lazy="selectin", order_by="Correction.position", back_populates="objection"
    )

    @property
    def period(self) -> tuple[date, date] | None:
        """First and last day of a missing period."""
        return (self.start_date, self.end_date) if self.start_date and self.end_date else None

    @property
    def told_reason(self) -> str | None:
        """The reason as the person hears it: a proposal may still be withdrawn."""
        return self.reason if self.decided_at else None


class ClaimedMonth(Base):
    """The days that a person claims for a month and workshop; `recorded_days` the record said then."""

    __tablename__ = "objection_months"
    __table_args__ = (
        sa.CheckConstraint("month % 100 BETWEEN 1 AND 12", name="month"),
        sa.CheckConstraint("days BETWEEN 0 AND 31", name="days"),
    )

    objection_position: Mapped[int] = mapped_column(
        sa.ForeignKey("objections.position", ondelete="CASCADE"), primary_key=True
    )
    month: Mapped[JalaliMonth] = mapped_column(primary_key=True)
    workshop_code: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    days: Mapped[int] = mapped_column(sa.SmallInteger())
    recorded_days: Mapped[int]


class Correction(Base):
    """What an accepted objection changed in one month and workshop. Rows are only ever added.

    Who decided, when and why stands in the objection. `old_days` is empty where the record said nothing.
    """

    __tablename__ = "corrections"
    __table_args__ = (
        sa.UniqueConstraint("objection_position", "month", "workshop_code"),
        sa.CheckConstraint("month % 100 BETWEEN 1 AND 12", name="month"),
        sa.CheckConstraint("new_days BETWEEN 0 AND 31", name="new_days"),
    )

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    objection_position: Mapped[int] = mapped_column(sa.ForeignKey("objections.position"))
    person_position: Mapped[int] = mapped_column(sa.ForeignKey("people.position"), index=True)
    month: Mapped[JalaliMonth]
    workshop_code: Mapped[str] = mapped_column(sa.String(10))
    old_days: Mapped[int | None]
    new_days: Mapped[int] = mapped_column(sa.SmallInteger())
    objection: Mapped[Objection] = relationship(back_populates="corrections")


class OfficerRecord(Base):
    """Whose record is an officer's own, so that the officer cannot decide about it."""

    __tablename__ = "officer_records"

    officer_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    person_position: Mapped[int] = mapped_column(sa.ForeignKey("people.position"))
