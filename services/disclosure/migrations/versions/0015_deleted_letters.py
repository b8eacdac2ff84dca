"""The serials of deleted letters."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import UtcDateTime

revision = "0015_serves_0003"
down_revision = "0014_serves_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deleted_letters",
        sa.Column("serial", sa.String(length=13), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_deleted_letters"),
    )


def downgrade() -> None:
    op.drop_table("deleted_letters")
