"""How far each consumer has read this service's feed, and which of its events are deleted."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0014_serves_0003"
down_revision = "0013_serves_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feed_readers",
        sa.Column("consumer", sa.String(length=64), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", name="pk_feed_readers"),
    )
    op.create_table(
        "feed_marks",
        sa.Column("position", BigKey, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("marked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_feed_marks"),
    )
    op.add_column("feed_counter", sa.Column("tail", sa.BigInteger(), nullable=True))
    op.add_column("feed_cursors", sa.Column("gap_at", UtcDateTime(), nullable=True))
    op.add_column("feed_cursors", sa.Column("gap_until", sa.BigInteger(), nullable=True))
    op.add_column("feed_cursors", sa.Column("gap_position", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for column in ("gap_position", "gap_until", "gap_at"):
        op.drop_column("feed_cursors", column)
    op.drop_column("feed_counter", "tail")
    op.drop_table("feed_marks")
    op.drop_table("feed_readers")
