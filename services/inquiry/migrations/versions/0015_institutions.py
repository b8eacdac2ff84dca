"""What auth says of an institution besides its name: contact, purposes, limits, whether it is disabled."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import UtcDateTime

revision = "0015_serves_0001"
down_revision = "0014_serves_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("institutions") as institutions:
        for column in (
            sa.Column("contact", sa.String(length=200), nullable=True),
            sa.Column("verified_since", UtcDateTime(), nullable=True),
            sa.Column("purposes", sa.JSON(), nullable=True),
            sa.Column("return_urls", sa.JSON(), nullable=True),
            sa.Column("daily_quota", sa.Integer(), nullable=True),
            sa.Column("is_disabled", sa.Boolean(), nullable=True),
        ):
            institutions.add_column(column)


def downgrade() -> None:
    with op.batch_alter_table("institutions") as institutions:
        for name in ("contact", "verified_since", "purposes", "return_urls", "daily_quota", "is_disabled"):
            institutions.drop_column(name)
