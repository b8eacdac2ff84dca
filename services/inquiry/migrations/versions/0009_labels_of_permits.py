"""What owners call their permits, encrypted."""

import sqlalchemy as sa
from alembic import op

revision = "0009_serves_0001"
down_revision = "0008_serves_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("permits", sa.Column("label", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("permits", "label")
