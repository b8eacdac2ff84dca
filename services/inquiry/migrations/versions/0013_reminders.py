"""When the owner of a permit is to be reminded of its end; earlier permits have no reminder."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import UtcDateTime

revision = "0013_serves_0001"
down_revision = "0012_serves_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("permits", sa.Column("remind_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("permits", "remind_at")
