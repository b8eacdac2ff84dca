"""The register of objections, and up to when all of a feed was read."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import UtcDateTime

revision = "0005_serves_0001"
down_revision = "0004_serves_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feed_cursors", sa.Column("complete_at", UtcDateTime(), nullable=True))
    op.create_table(
        "objections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("months", sa.JSON(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "submitted",
                "accepted",
                "rejected",
                "withdrawn",
                name="objectionstatus",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
    )
    op.create_index(op.f("ix_objections_person_id"), "objections", ["person_id"])


def downgrade() -> None:
    op.drop_table("objections")
    op.drop_column("feed_cursors", "complete_at")
