"""An index of the inquiries of each institution, for its reports."""

from services.kit.ddl import add_index, drop_index

revision = "0008_serves_0001"
down_revision = "0007_serves_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index(
        "ix_inquiries_institution_id",
        "inquiries",
        ["institution_id", "position"],
        where="institution_id IS NOT NULL",
    )


def downgrade() -> None:
    drop_index("ix_inquiries_institution_id", "inquiries")
