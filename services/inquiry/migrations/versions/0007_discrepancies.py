"""What became of institutions' reports: declined by their person, or an objection came of them."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import UtcDateTime

revision = "0007_serves_0001"
down_revision = "0006_serves_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("discrepancies", sa.Column("declined_at", UtcDateTime(), nullable=True))
    op.create_table(
        "discrepancy_objections",
        sa.Column("discrepancy_id", sa.Uuid(), nullable=False),
        sa.Column("objection_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["discrepancy_id"],
            ["discrepancies.id"],
            name=op.f("fk_discrepancy_objections_discrepancy_id_discrepancies"),
        ),
        sa.ForeignKeyConstraint(
            ["objection_id"],
            ["objections.id"],
            name=op.f("fk_discrepancy_objections_objection_id_objections"),
        ),
        sa.PrimaryKeyConstraint("discrepancy_id", "objection_id", name=op.f("pk_discrepancy_objections")),
    )


def downgrade() -> None:
    op.drop_table("discrepancy_objections")
    op.drop_column("discrepancies", "declined_at")
