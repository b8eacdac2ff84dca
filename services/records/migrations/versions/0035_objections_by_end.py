"""Papers of objections that ended long ago are found without reading all objections."""

from alembic import op

from services.kit.ddl import add_index, drop_index

revision = "0035_serves_0002"
down_revision = "0034_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        ended_at = "btree (coalesce(decided_at, withdrawn_at))"
        add_index("ix_objections_ended_at", "objections", ["decided_at"], using=ended_at)


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        drop_index("ix_objections_ended_at", "objections")
