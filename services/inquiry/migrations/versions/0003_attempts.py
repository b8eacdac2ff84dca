"""Attempts in flight are told from failures, and an institution's failures are watched."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0003_serves_0001"
down_revision = "0002_serves_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("failed_attempts", sa.Column("reservation", sa.Uuid(), nullable=True))
    op.add_column("failed_attempts", sa.Column("in_flight_until", UtcDateTime(), nullable=True))
    op.create_table(
        "institution_attempts",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("has_failed", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_institution_attempts")),
    )
    op.create_index(op.f("ix_institution_attempts_at"), "institution_attempts", ["at"])
    op.create_table(
        "institution_alarms",
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("institution_id", name=op.f("pk_institution_alarms")),
    )


def downgrade() -> None:
    op.drop_table("institution_alarms")
    op.drop_index(op.f("ix_institution_attempts_at"), "institution_attempts")
    op.drop_table("institution_attempts")
    with op.batch_alter_table("failed_attempts") as table:
        table.drop_column("in_flight_until")
        table.drop_column("reservation")
