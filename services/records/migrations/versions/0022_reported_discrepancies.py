"""The reports of institutions that objections came of."""

import sqlalchemy as sa
from alembic import op

revision = "0022_serves_0002"
down_revision = "0021_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("objections", sa.Column("discrepancy_ids", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("objections", "discrepancy_ids")
