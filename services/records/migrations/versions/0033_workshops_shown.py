"""A statement reads the codes and names of its workshops from an index."""

from services.kit.ddl import add_index, drop_index

revision = "0033_serves_0002"
down_revision = "0032_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_workshops_shown", "workshops", ["position"], using="btree (position) INCLUDE (code, name)")


def downgrade() -> None:
    drop_index("ix_workshops_shown", "workshops")
