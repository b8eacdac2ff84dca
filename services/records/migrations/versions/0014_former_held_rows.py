"""Decisions about held rows outlive the version of the list that had the rows."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey

revision = "0014_serves_0002"
down_revision = "0013_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_held_rows",
        sa.Column("position", BigKey, autoincrement=False, nullable=False),
        sa.Column("list_position", BigKey, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("person_position", BigKey, nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "held",
                "same-person",
                "assigned",
                "rejected",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("proposal_position", BigKey, nullable=False),
        sa.ForeignKeyConstraint(
            ["list_position"], ["lists.position"], name=op.f("fk_former_held_rows_list_position_lists")
        ),
        sa.ForeignKeyConstraint(
            ["person_position"], ["people.position"], name=op.f("fk_former_held_rows_person_position_people")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_position"],
            ["proposals.position"],
            name=op.f("fk_former_held_rows_proposal_position_proposals"),
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_former_held_rows")),
    )
    op.create_index(op.f("ix_former_held_rows_person_position"), "former_held_rows", ["person_position"])


def downgrade() -> None:
    op.drop_table("former_held_rows")
