"""The outage that a request waits for.

Code of the previous release leaves the column alone; a letter that it adds keeps the code of an outage that
has ended, and nothing reads the code of a request that is ready.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012_serves_0003"
down_revision = "0011_serves_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("requests") as requests:
        requests.add_column(sa.Column("waiting_code", sa.String(32), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("requests") as requests:
        requests.drop_column("waiting_code")
