"""An index of the reminders that are still to come."""

from services.kit.ddl import add_index, drop_index

revision = "0014_serves_0001"
down_revision = "0013_serves_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_permits_remind_at", "permits", ["remind_at"], where="remind_at IS NOT NULL")


def downgrade() -> None:
    drop_index("ix_permits_remind_at", "permits")
