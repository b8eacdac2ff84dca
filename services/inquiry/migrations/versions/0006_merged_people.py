"""Persons who were merged, and whom their ids lead to.

Going back leaves permits with the remaining person.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006_serves_0001"
down_revision = "0005_serves_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "merged_people",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("remaining_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_merged_people")),
    )
    op.create_index(op.f("ix_merged_people_remaining_id"), "merged_people", ["remaining_id"])


def downgrade() -> None:
    op.drop_table("merged_people")
