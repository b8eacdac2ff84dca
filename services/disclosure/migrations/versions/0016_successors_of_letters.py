"""An index of successors, which the deletion of a letter looks up."""

from services.kit.ddl import add_index, drop_index

revision = "0016_serves_0003"
down_revision = "0015_serves_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_letters_superseded_by", "letters", ["superseded_by"])


def downgrade() -> None:
    drop_index("ix_letters_superseded_by", "letters")
