"""The looks of an officer, at a person and of a time are found without reading them all."""

from services.kit.ddl import add_index, drop_index

revision = "0005_serves_0002"
down_revision = "0004_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_access_log_person_id_position", "access_log", ["person_id", "position"])
    add_index("ix_access_log_officer_id_position", "access_log", ["officer_id", "position"])
    add_index("ix_access_log_at", "access_log", ["at"])
    drop_index("ix_access_log_person_id", "access_log")


def downgrade() -> None:
    add_index("ix_access_log_person_id", "access_log", ["person_id"])
    drop_index("ix_access_log_at", "access_log")
    drop_index("ix_access_log_officer_id_position", "access_log")
    drop_index("ix_access_log_person_id_position", "access_log")
