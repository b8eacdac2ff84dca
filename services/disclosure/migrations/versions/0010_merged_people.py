"""Persons who were merged, and comparisons of the identity that a letter shows.

Going back leaves letters with the remaining person.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010_serves_0003"
down_revision = "0009_serves_0003"
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
    op.add_column("figure_checks", sa.Column("compares_identity", sa.Boolean(), nullable=True))


def downgrade() -> None:
    # Code of 0.1.0 answers 500 instead of a page with such a line.
    op.execute("DELETE FROM activity WHERE kind IN ('person.corrected', 'person.merged')")
    op.drop_column("figure_checks", "compares_identity")
    op.drop_table("merged_people")
