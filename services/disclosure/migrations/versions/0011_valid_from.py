"""From when a version of the agreement is valid.

Code of the previous release takes the newest version for the current one: publish a version of a later day
only after the upgrade. Going back makes it current too.
"""

import sqlalchemy as sa
from alembic import op

from services.kit.db import UtcDateTime

revision = "0011_serves_0003"
down_revision = "0010_serves_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("agreements") as agreements:
        agreements.add_column(sa.Column("valid_from", UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("agreements") as agreements:
        agreements.drop_column("valid_from")
