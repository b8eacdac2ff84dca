"""The call that queued a request, by its request id: what waited too long is still told of under it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A request from before has an id that nobody ever sent.
    with op.batch_alter_table("requests") as requests:
        requests.add_column(sa.Column("call_id", sa.String(64), server_default="unknown", nullable=False))
    with op.batch_alter_table("requests") as requests:
        requests.alter_column("call_id", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("requests") as requests:
        requests.drop_column("call_id")
