"""The desk counts the objections that were decided on each day of a week."""

from services.kit.ddl import add_index, drop_index

revision = "0021_serves_0002"
down_revision = "0020_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_objections_decided_at", "objections", ["decided_at"])


def downgrade() -> None:
    drop_index("ix_objections_decided_at", "objections")
