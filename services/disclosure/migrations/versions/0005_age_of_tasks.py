"""Published tasks are forgotten by their age, without a look at the events, which stay for ever."""

from services.kit.ddl import add_index, drop_index

revision = "0005_serves_0003"
down_revision = "0004_serves_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_outbox_task_age", "outbox", ["published_at"], where="kind = 'task'")


def downgrade() -> None:
    drop_index("ix_outbox_task_age", "outbox")
