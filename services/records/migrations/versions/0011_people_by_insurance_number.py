"""An import finds who has an insurance number without reading all people."""

from services.kit.ddl import add_index, drop_index

revision = "0011_serves_0002"
down_revision = "0010_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_people_insurance_number", "people", ["insurance_number"])


def downgrade() -> None:
    drop_index("ix_people_insurance_number", "people")
