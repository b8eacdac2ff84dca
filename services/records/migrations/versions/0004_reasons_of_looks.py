"""A look of an officer has a kind and a reason; those of before have neither."""

import sqlalchemy as sa
from alembic import op

revision = "0004_serves_0002"
down_revision = "0003_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("access_log", sa.Column("kind", sa.String(length=16), nullable=True))
    op.add_column("access_log", sa.Column("reason", sa.String(length=200), nullable=True))


def downgrade() -> None:
    op.drop_column("access_log", "reason")
    op.drop_column("access_log", "kind")
