"""An index of the codes of sign-ins that wait to be sent, by their age."""

from services.kit.ddl import add_index, drop_index

revision = "0021_serves_0002"
down_revision = "0020_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_sign_in_codes_waiting", "sign_in_codes", ["position"], where="due_at IS NOT NULL")


def downgrade() -> None:
    drop_index("ix_sign_in_codes_waiting", "sign_in_codes")
