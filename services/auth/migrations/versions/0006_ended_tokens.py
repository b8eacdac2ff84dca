"""Until when the tokens of a client have ended, although it may be enabled again."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import UtcDateTime

revision = "0006_serves_0002"
down_revision = "0005_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("clients") as clients:
        clients.add_column(sa.Column("tokens_ended_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("clients") as clients:
        clients.drop_column("tokens_ended_at")
