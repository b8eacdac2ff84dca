"""What people and officers have ended, for the journal of endings."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0013_serves_0003"
down_revision = "0012_serves_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "endings",
        sa.Column("position", BigKey, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("position", name="pk_endings"),
        sa.UniqueConstraint("id", name="uq_endings_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_endings_ended_at", "endings", ["ended_at"])
    op.create_index("ix_endings_written_at", "endings", ["written_at"])


def downgrade() -> None:
    op.drop_table("endings")
