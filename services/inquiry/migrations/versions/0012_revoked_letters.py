"""An index of revoked letters, whose permits end."""

from services.kit.ddl import add_index, drop_index

revision = "0012_serves_0001"
down_revision = "0011_serves_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_letters_revoked", "letters", ["serial"], where="revoked_at IS NOT NULL")


def downgrade() -> None:
    drop_index("ix_letters_revoked", "letters")
