"""Kept replies are found by their age, since every request with a key forgets some old ones."""

from services.kit.ddl import add_index, drop_index

revision = "0004_serves_0003"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])


def downgrade() -> None:
    drop_index("ix_idempotency_keys_created_at", "idempotency_keys")
