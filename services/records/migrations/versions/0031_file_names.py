"""Names of lists' files; rows that are there have none."""

import sqlalchemy as sa
from alembic import op

revision = "0031_serves_0002"
down_revision = "0030_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("lists", "list_versions"):
        op.add_column(table, sa.Column("file_name", sa.String(300), nullable=True))
    op.add_column("lists", sa.Column("file_words", sa.Text(), nullable=True))


def downgrade() -> None:
    for table, name in (("lists", "file_words"), ("list_versions", "file_name"), ("lists", "file_name")):
        op.drop_column(table, name)
