"""How far the housekeeping is with what it looks at in order of time."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import UtcDateTime

revision = "0030_serves_0002"
down_revision = "0029_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retention_progress",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("done_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_retention_progress"),
    )


def downgrade() -> None:
    op.drop_table("retention_progress")
