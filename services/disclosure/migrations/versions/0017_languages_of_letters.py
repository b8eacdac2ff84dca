"""The language of a letter, and the person's own spelling of the name.

Code of the previous release writes neither and reads neither. While it answers claims, a bilingual request
may become a Persian letter.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017_serves_0003"
down_revision = "0016_serves_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("requests") as requests:
        requests.add_column(sa.Column("language", sa.String(length=8), nullable=True))
        requests.add_column(sa.Column("latin_name", sa.String(length=60), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("requests") as requests:
        requests.drop_column("latin_name")
        requests.drop_column("language")
