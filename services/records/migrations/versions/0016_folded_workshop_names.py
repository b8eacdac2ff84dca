"""Folded names of workshops, by which lists are found; the loop `housekeeping` fills them."""

import sqlalchemy as sa
from alembic import op

revision = "0016_serves_0002"
down_revision = "0015_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workshops", sa.Column("folded_name", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("workshops", "folded_name")
