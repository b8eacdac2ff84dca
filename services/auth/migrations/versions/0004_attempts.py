"""Attempts in flight are told from failures, and institutions have a contact who gets messages."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0004_serves_0002"
down_revision = "0003_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("failed_attempts", sa.Column("reservation", sa.Uuid(), nullable=True))
    op.add_column("failed_attempts", sa.Column("in_flight_until", UtcDateTime(), nullable=True))
    op.add_column("institutions", sa.Column("contact_mobile", sa.String(length=11), nullable=True))
    op.create_table(
        "contact_notices",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(length=100), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_contact_notices")),
        sa.UniqueConstraint("cause", name=op.f("uq_contact_notices_cause")),
    )
    op.create_index(op.f("ix_contact_notices_due_at"), "contact_notices", ["due_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_contact_notices_due_at"), "contact_notices")
    op.drop_table("contact_notices")
    with op.batch_alter_table("institutions") as table:
        table.drop_column("contact_mobile")
    with op.batch_alter_table("failed_attempts") as table:
        table.drop_column("in_flight_until")
        table.drop_column("reservation")
