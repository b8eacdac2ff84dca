"""An index of the accounts that are to be deleted."""

from services.kit.ddl import add_index, drop_index

revision = "0011_serves_0002"
down_revision = "0010_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_accounts_closes_at", "accounts", ["closes_at"], where="closes_at IS NOT NULL")


def downgrade() -> None:
    drop_index("ix_accounts_closes_at", "accounts")
