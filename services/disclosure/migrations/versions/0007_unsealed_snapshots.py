"""Snapshots that are to be sealed are found without a look at all requests."""

from services.kit.ddl import add_index, drop_index

revision = "0007_serves_0003"
down_revision = "0006_serves_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index(
        "ix_requests_unsealed", "requests", ["seal_from"], where="state = 'ready' AND statement_key IS NULL"
    )


def downgrade() -> None:
    drop_index("ix_requests_unsealed", "requests")
