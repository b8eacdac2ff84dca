"""Proposals of two officers, rows that are held, and what lists state about a person's identity."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0007_serves_0002"
down_revision = "0006_serves_0002"
branch_labels = None
depends_on = None

OPEN = "status = 'proposed' AND kind <> 'person-correction'"


def upgrade() -> None:
    _create_proposals()
    _create_held_rows()
    op.create_table(
        "identity_differences",
        sa.Column("person_position", BigKey, nullable=False),
        sa.Column("list_position", BigKey, nullable=False),
        sa.Column("field", sa.SmallInteger(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_position"],
            ["people.position"],
            name=op.f("fk_identity_differences_person_position_people"),
        ),
        sa.ForeignKeyConstraint(
            ["list_position"], ["lists.position"], name=op.f("fk_identity_differences_list_position_lists")
        ),
        sa.PrimaryKeyConstraint(
            "person_position", "list_position", "field", name=op.f("pk_identity_differences")
        ),
    )
    op.create_index("ix_identity_differences_list_position", "identity_differences", ["list_position"])
    op.add_column("contributions", sa.Column("stated", sa.SmallInteger(), nullable=True))
    with op.batch_alter_table("people") as people:
        people.add_column(sa.Column("merged_into_position", BigKey, nullable=True))
        people.create_foreign_key(
            op.f("fk_people_merged_into_position_people"), "people", ["merged_into_position"], ["position"]
        )


def _create_proposals() -> None:
    op.create_table(
        "proposals",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "proposed",
                "confirmed",
                "rejected",
                "withdrawn",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("target", sa.Uuid(), nullable=False),
        sa.Column("change", sa.JSON(), nullable=False),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.Column("differences_total", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("by_system", sa.Boolean(), nullable=False),
        sa.Column("system_key", sa.String(length=64), nullable=True),
        sa.Column("proposed_by", sa.String(length=36), nullable=True),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decision_reason", sa.String(), nullable=True),
        sa.CheckConstraint("by_system OR proposed_by IS NOT NULL", name=op.f("ck_proposals_proposed_by")),
        sa.CheckConstraint(
            "(status = 'proposed') = (decided_at IS NULL)", name=op.f("ck_proposals_decided_at")
        ),
        sa.CheckConstraint(
            "CASE status WHEN 'confirmed' THEN proposed_by IS NOT NULL AND decided_by <> proposed_by"
            " WHEN 'proposed' THEN decided_by IS NULL AND decision_reason IS NULL"
            " ELSE decided_by IS NOT NULL END",
            name=op.f("ck_proposals_decided_by_two"),
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_proposals")),
        sa.UniqueConstraint("id", name=op.f("uq_proposals_id")),
        sa.UniqueConstraint("system_key", name=op.f("uq_proposals_system_key")),
    )
    op.create_index("ix_proposals_status_position", "proposals", ["status", "position"])
    op.create_index("ix_proposals_target", "proposals", ["target"])
    op.create_index(
        "uq_proposals_open",
        "proposals",
        ["target", "kind"],
        unique=True,
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )
    op.create_table(
        "proposal_people",
        sa.Column("proposal_position", BigKey, nullable=False),
        sa.Column("person_position", BigKey, nullable=False),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_position"],
            ["proposals.position"],
            name=op.f("fk_proposal_people_proposal_position_proposals"),
        ),
        sa.ForeignKeyConstraint(
            ["person_position"], ["people.position"], name=op.f("fk_proposal_people_person_position_people")
        ),
        sa.PrimaryKeyConstraint("proposal_position", "person_position", name=op.f("pk_proposal_people")),
    )
    op.create_index(op.f("ix_proposal_people_person_position"), "proposal_people", ["person_position"])


def _create_held_rows() -> None:
    op.create_table(
        "held_rows",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_position", BigKey, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
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
        sa.Column("proposal_position", BigKey, nullable=True),
        sa.ForeignKeyConstraint(
            ["list_position"], ["lists.position"], name=op.f("fk_held_rows_list_position_lists")
        ),
        sa.ForeignKeyConstraint(
            ["person_position"], ["people.position"], name=op.f("fk_held_rows_person_position_people")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_position"],
            ["proposals.position"],
            name=op.f("fk_held_rows_proposal_position_proposals"),
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_held_rows")),
        sa.UniqueConstraint("id", name=op.f("uq_held_rows_id")),
        sa.UniqueConstraint("list_position", "row", name=op.f("uq_held_rows_list_position_row")),
    )
    op.create_index("ix_held_rows_status_position", "held_rows", ["status", "position"])
    op.create_index(op.f("ix_held_rows_person_position"), "held_rows", ["person_position"])


def downgrade() -> None:
    with op.batch_alter_table("people") as people:
        people.drop_constraint(op.f("fk_people_merged_into_position_people"), type_="foreignkey")
        people.drop_column("merged_into_position")
    op.drop_column("contributions", "stated")
    for table in ("identity_differences", "held_rows", "proposal_people", "proposals"):
        op.drop_table(table)
