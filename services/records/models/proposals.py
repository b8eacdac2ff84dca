"""The tables of proposals: every change of a record that one officer proposes and another confirms."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.kit.db import BigKey, sql_now
from services.records.models.base import Base, ProposalKind, ProposalStatus

# A correction changes single fields: several may be open for one person, and confirming one outdates those
# that change the same field.
_ONE_AT_A_TIME = "status = 'proposed' AND kind <> 'person-correction'"


class Proposal(Base):
    """A proposed change of a held row, a list, a person or an objection, which `target` names.

    `differences` are what the officers compare. `state` is the fingerprint of what the change was proposed
    for. A proposal of the system has no `proposed_by` until a first officer adopts it; because of its
    `system_key` the system proposes the same only once. A decided proposal never changes, and all of them
    together are the history of the record.
    """

    __tablename__ = "proposals"
    __table_args__ = (
        sa.Index("ix_proposals_status_position", "status", "position"),
        sa.Index("ix_proposals_target", "target"),
        sa.Index(
            "uq_proposals_open",
            "target",
            "kind",
            unique=True,
            sqlite_where=sa.text(_ONE_AT_A_TIME),
            postgresql_where=sa.text(_ONE_AT_A_TIME),
        ),
        sa.CheckConstraint("by_system OR proposed_by IS NOT NULL", name="proposed_by"),
        sa.CheckConstraint("(status = 'proposed') = (decided_at IS NULL)", name="decided_at"),
        sa.CheckConstraint(
            "CASE status WHEN 'confirmed' THEN proposed_by IS NOT NULL AND decided_by <> proposed_by"
            " WHEN 'proposed' THEN decided_by IS NULL AND decision_reason IS NULL"
            " ELSE decided_by IS NOT NULL END",
            name="decided_by_two",
        ),
    )

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    kind: Mapped[ProposalKind]
    status: Mapped[ProposalStatus] = mapped_column(default=ProposalStatus.PROPOSED)
    target: Mapped[uuid.UUID]
    change: Mapped[dict[str, Any]]
    differences: Mapped[list[dict[str, Any]]]
    differences_total: Mapped[int]
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(sa.String(64))
    by_system: Mapped[bool] = mapped_column(default=False)
    system_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    proposed_by: Mapped[str | None] = mapped_column(sa.String(36))
    proposed_at: Mapped[datetime] = mapped_column(default=sql_now())
    decided_by: Mapped[str | None] = mapped_column(sa.String(36))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]

    @property
    def confirmed_by(self) -> str | None:
        """Return the officer who confirmed the proposal, or None."""
        return self.decided_by if self.status is ProposalStatus.CONFIRMED else None


class ProposalPerson(Base):
    """A person whose record a proposal changes: an officer does not decide about the own record.

    `visible` says whether the differences show the person's data.
    """

    __tablename__ = "proposal_people"

    proposal_position: Mapped[int] = mapped_column(sa.ForeignKey("proposals.position"), primary_key=True)
    person_position: Mapped[int] = mapped_column(
        sa.ForeignKey("people.position"), primary_key=True, index=True
    )
    visible: Mapped[bool]
