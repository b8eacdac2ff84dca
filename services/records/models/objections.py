"""The tables of objections: people's claims, officers' decisions, and the corrections that followed."""

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.kit.db import BigKey, sql_now
from services.kit.jalali import JalaliMonth
from services.records.models.base import Base, ObjectionKind, ObjectionStatus
from services.records.models.lists import Person

# Submitted objections whose months no event has said.
UNSTATED = "stated_at IS NULL AND status <> 'draft'"


def _build_unique_index(name: str, where: str) -> sa.Index:
    """Return an index that allows each person one objection of each kind in that state."""
    return sa.Index(
        f"uq_objections_{name}",
        "person_position",
        "kind",
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


class Objection(Base):
    """A claim of a person about their own record, and its decision by two officers; then it never changes.

    `workshop_name` to `days` belong to a missing period. The kind `days` has its months in `ClaimedMonth`.
    The kind `identity` has its fields in `identity`: for each the value on record at that time, and the
    claimed value. An officer may ask one question, and the person answers it once.
    """

    __tablename__ = "objections"
    __table_args__ = (
        sa.Index("ix_objections_person_position_position", "person_position", "position"),
        sa.Index("ix_objections_status_position", "status", "position"),
        sa.Index("ix_objections_submitted_at", "submitted_at"),
        sa.Index("ix_objections_decided_at", "decided_at"),
        # In order of their end, for the retention of papers.
        sa.Index("ix_objections_ended_at", sa.text("coalesce(decided_at, withdrawn_at)")).ddl_if(
            dialect="postgresql"
        ),
        _build_unique_index("draft", "status = 'draft'"),
        _build_unique_index("open", "status IN ('submitted', 'proposed')"),
        sa.Index(
            "ix_objections_unstated",
            "position",
            sqlite_where=sa.text(UNSTATED),
            postgresql_where=sa.text(UNSTATED),
        ),
        sa.CheckConstraint(
            "CASE kind WHEN 'missing-period' THEN workshop_name IS NOT NULL AND city IS NOT NULL"
            " AND start_date IS NOT NULL AND end_date IS NOT NULL AND days IS NOT NULL"
            " AND start_date <= end_date AND days >= 1"
            " ELSE workshop_name IS NULL AND workshop_code IS NULL AND city IS NULL"
            " AND start_date IS NULL AND end_date IS NULL AND days IS NULL END",
            name="fields_of_kind",
        ),
        sa.CheckConstraint("(kind = 'identity') = (identity IS NOT NULL)", name="identity_of_kind"),
        sa.CheckConstraint(
            "(status = 'draft') = (tracking_number IS NULL) AND (status = 'draft') = (submitted_at IS NULL)",
            name="submitted",
        ),
        sa.CheckConstraint(
            "CASE WHEN status IN ('draft', 'submitted', 'withdrawn')"
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
        sa.CheckConstraint("(status = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn"),
        sa.CheckConstraint(
            "(question IS NULL) = (question_by IS NULL) AND (question IS NULL) = (question_at IS NULL)"
            " AND (answer IS NULL) = (answer_at IS NULL) AND (answer IS NULL OR question IS NOT NULL)",
            name="question",
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
    # When an event first said which months this objection is about; null for one of older code.
    stated_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    question: Mapped[str | None]
    question_by: Mapped[str | None] = mapped_column(sa.String(36))
    question_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    answer_at: Mapped[datetime | None]
    identity: Mapped[list[dict[str, Any]] | None] = mapped_column(sa.JSON(none_as_null=True))
    # Reports of institutions that the person says this objection came of; null in those of older code.
    discrepancy_ids: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))
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

    attachments: Mapped[list["Attachment"]] = relationship(
        cascade="all, delete-orphan",
        passive_deletes=True,
        lazy="selectin",
        order_by="Attachment.position",
    )

    @property
    def period(self) -> tuple[date, date] | None:
        """Return the first and last day of a missing period."""
        return (self.start_date, self.end_date) if self.start_date and self.end_date else None

    @property
    def fields(self) -> dict[str, str] | None:
        """Return the fields of the identity that the person claims."""
        return {one["field"]: one["new"] for one in self.identity} if self.identity else None

    @property
    def recorded_fields(self) -> dict[str, str | None] | None:
        """Return the claimed fields as the record had them when the objection was written."""
        return {one["field"]: one["old"] for one in self.identity} if self.identity else None

    @property
    def visible_reason(self) -> str | None:
        """Return the reason for the person, once it is final: a proposal may still be withdrawn."""
        return self.reason if self.decided_at else None


class ClaimedMonth(Base):
    """The days that a person claims for a month and workshop, and the `recorded_days` at that time."""

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
    """The change by an accepted objection in one month and workshop. Rows are not removed.

    The objection has who decided, when and why. `old_days` is null if the record had no such month. A month
    without a workshop code may get one later: the proposals have who assigned it, when and why.
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
    assigned_workshop_code: Mapped[str | None] = mapped_column(sa.String(10))
    objection: Mapped[Objection] = relationship(back_populates="corrections")

    @property
    def current_workshop_code(self) -> str:
        """Return the workshop code that officers have assigned, or the one of the decision."""
        return self.assigned_workshop_code or self.workshop_code


class Attachment(Base):
    """A paper that a person has attached to an objection; its bytes are in the object store.

    The type is that of the content, and the name that the person's device gave it is not stored.
    """

    __tablename__ = "objection_attachments"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    objection_position: Mapped[int] = mapped_column(
        sa.ForeignKey("objections.position", ondelete="CASCADE"), index=True
    )
    media_type: Mapped[str] = mapped_column(sa.String(32))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    object_key: Mapped[str] = mapped_column(sa.String(100), unique=True)
    attached_at: Mapped[datetime] = mapped_column(default=sql_now())


class OfficerRecord(Base):
    """The own record of an officer, who therefore cannot decide about it."""

    __tablename__ = "officer_records"

    officer_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    person_position: Mapped[int] = mapped_column(sa.ForeignKey("people.position"))
