"""A number of digits by which a person follows a registration."""

import sqlalchemy as sa
from alembic import op

revision = "0012_serves_0002"
down_revision = "0011_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("code_requests", sa.Column("tracking_number", sa.String(length=12), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("code_requests") as table:
        table.drop_column("tracking_number")
