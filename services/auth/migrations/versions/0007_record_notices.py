"""Messages to people about events of records."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0007_serves_0002"
down_revision = "0006_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "record_notices",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "objection-decided",
                "objection-question",
                name="kind",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(length=100), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_record_notices")),
        sa.UniqueConstraint("cause", name=op.f("uq_record_notices_cause")),
    )
    op.create_index(op.f("ix_record_notices_due_at"), "record_notices", ["due_at"])


def downgrade() -> None:
    op.drop_table("record_notices")
