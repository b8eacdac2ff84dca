"""When an event first said which months an objection is about."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import UtcDateTime

revision = "0010_serves_0002"
down_revision = "0009_serves_0002"
branch_labels = None
depends_on = None

INDEX = "ix_objections_unstated"
UNSTATED = sa.text("stated_at IS NULL AND status <> 'draft'")


def upgrade() -> None:
    op.add_column("objections", sa.Column("stated_at", UtcDateTime(), nullable=True))
    op.create_index(INDEX, "objections", ["position"], sqlite_where=UNSTATED, postgresql_where=UNSTATED)


def downgrade() -> None:
    op.drop_index(INDEX, "objections")
    op.drop_column("objections", "stated_at")
