"""Officers search people by name and birth date without reading all people."""

from services.kit.ddl import add_index, drop_index

revision = "0015_serves_0002"
down_revision = "0014_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_people_birth_date", "people", ["birth_date"])


def downgrade() -> None:
    drop_index("ix_people_birth_date", "people")
