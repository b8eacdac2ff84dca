"""The number of lists that were refused on each day."""

import sqlalchemy as sa
from alembic import op

revision = "0018_serves_0002"
down_revision = "0017_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refused_lists",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_refused_lists")),
    )


def downgrade() -> None:
    op.drop_table("refused_lists")
