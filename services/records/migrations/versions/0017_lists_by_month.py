"""Officers read the lists of one month without reading all lists."""

from services.kit.ddl import add_index, drop_index

revision = "0017_serves_0002"
down_revision = "0016_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_lists_month_position", "lists", ["month", "position"])


def downgrade() -> None:
    drop_index("ix_lists_month_position", "lists")
