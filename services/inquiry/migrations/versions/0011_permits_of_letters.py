"""An index of the permits of each letter, to end them with it."""

from services.kit.ddl import add_index, drop_index

revision = "0011_serves_0001"
down_revision = "0010_serves_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_permits_serial", "permits", ["serial"])


def downgrade() -> None:
    drop_index("ix_permits_serial", "permits")
