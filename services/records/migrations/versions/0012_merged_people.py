"""An import finds the few people who were merged into others."""

from services.kit.ddl import add_index, drop_index

revision = "0012_serves_0002"
down_revision = "0011_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_people_merged", "people", ["position"], where="merged_into_position IS NOT NULL")


def downgrade() -> None:
    drop_index("ix_people_merged", "people")
