"""Room in the pages of workshops: each month names every one of them again, and no index need be written."""

from alembic import op

revision = "0034_serves_0002"
down_revision = "0033_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE workshops SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05)")


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE workshops RESET (fillfactor, autovacuum_vacuum_scale_factor)")
