"""An index of the requested codes that wait to be sent, by their age."""

from services.kit.ddl import add_index, drop_index

revision = "0020_serves_0002"
down_revision = "0019_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_code_requests_waiting", "code_requests", ["position"], where="due_at IS NOT NULL")


def downgrade() -> None:
    drop_index("ix_code_requests_waiting", "code_requests")
