"""Times of which lines of the activity page may be missing."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0018_serves_0003"
down_revision = "0017_serves_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activity_gaps",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=True),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_activity_gaps"),
    )


def downgrade() -> None:
    op.drop_table("activity_gaps")
