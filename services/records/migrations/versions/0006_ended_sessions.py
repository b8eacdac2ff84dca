"""Sessions and accounts whose access tokens are refused, and how far auth's feed was read."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import UtcDateTime

revision = "0006_serves_0002"
down_revision = "0005_serves_0002"
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
    op.create_table(
        "feed_cursors",
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_feed_cursors")),
    )


def downgrade() -> None:
    op.drop_table("feed_cursors")
    op.drop_table("ended_sessions")
