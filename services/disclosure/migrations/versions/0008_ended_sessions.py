"""Sessions and accounts whose access tokens are refused."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import UtcDateTime

revision = "0008_serves_0003"
down_revision = "0007_serves_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ended_sessions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_sessions")),
    )
    op.create_index(op.f("ix_ended_sessions_ended_at"), "ended_sessions", ["ended_at"])


def downgrade() -> None:
    # Older code knows no such lines: it would answer 500 instead of the page of whoever has one.
    op.execute("DELETE FROM activity WHERE kind IN ('record.viewed', 'mobile.reversed')")
    op.drop_table("ended_sessions")
