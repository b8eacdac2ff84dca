"""The desk counts the lists of each day of a week."""

from services.kit.ddl import add_index, drop_index

revision = "0019_serves_0002"
down_revision = "0018_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_lists_imported_at", "lists", ["imported_at"])


def downgrade() -> None:
    drop_index("ix_lists_imported_at", "lists")
