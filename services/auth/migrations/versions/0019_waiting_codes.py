"""The outage that a code waits for. Code of the previous release leaves the columns alone."""

import sqlalchemy as sa
from alembic import op

revision = "0019_serves_0002"
down_revision = "0018_serves_0002"
branch_labels = None
depends_on = None

TABLES = ("code_requests", "sign_in_codes")


def upgrade() -> None:
    for name in TABLES:
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("waiting_code", sa.String(32), nullable=True))


def downgrade() -> None:
    for name in TABLES:
        with op.batch_alter_table(name) as table:
            table.drop_column("waiting_code")
