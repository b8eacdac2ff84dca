"""Which representative issued a permit, if one did."""

import sqlalchemy as sa
from alembic import op

revision = "0016_serves_0001"
down_revision = "0015_serves_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("permits") as permits:
        permits.add_column(sa.Column("issued_by", sa.Uuid(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("permits") as permits:
        permits.drop_column("issued_by")
