"""An index of the registrations that have a tracking number."""

from services.kit.ddl import add_index, drop_index

revision = "0013_serves_0002"
down_revision = "0012_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index(
        "ix_code_requests_tracking_number",
        "code_requests",
        ["tracking_number"],
        where="tracking_number IS NOT NULL",
    )


def downgrade() -> None:
    drop_index("ix_code_requests_tracking_number", "code_requests")
