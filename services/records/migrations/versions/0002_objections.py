"""Objections, the corrections that follow from accepted ones, and officers' own records."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "objections",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_position", BigKey, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "days", "missing-period", name="kind", native_enum=False, create_constraint=True, length=16
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "submitted",
                "proposed",
                "accepted",
                "rejected",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("tracking_number", sa.String(length=12), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("workshop_name", sa.String(), nullable=True),
        sa.Column("workshop_code", sa.String(length=10), nullable=True),
        sa.Column("city", sa.String(), nullable=True),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("accept", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("proposed_by", sa.String(length=36), nullable=True),
        sa.Column("proposed_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=36), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "CASE kind WHEN 'days' THEN workshop_name IS NULL AND workshop_code IS NULL AND city IS NULL"
            " AND start_date IS NULL AND end_date IS NULL AND days IS NULL"
            " ELSE workshop_name IS NOT NULL AND city IS NOT NULL AND start_date IS NOT NULL"
            " AND end_date IS NOT NULL AND days IS NOT NULL AND start_date <= end_date AND days >= 1 END",
            name=op.f("ck_objections_fields_of_kind"),
        ),
        sa.CheckConstraint(
            "(status = 'draft') = (tracking_number IS NULL) AND (status = 'draft') = (submitted_at IS NULL)",
            name=op.f("ck_objections_submitted"),
        ),
        sa.CheckConstraint(
            "CASE WHEN status IN ('draft', 'submitted')"
            " THEN accept IS NULL AND reason IS NULL AND proposed_by IS NULL AND proposed_at IS NULL"
            " ELSE accept IS NOT NULL AND reason IS NOT NULL AND proposed_by IS NOT NULL"
            " AND proposed_at IS NOT NULL END",
            name=op.f("ck_objections_proposed"),
        ),
        sa.CheckConstraint(
            "CASE status WHEN 'accepted' THEN accept WHEN 'rejected' THEN NOT accept"
            " ELSE confirmed_by IS NULL AND decided_at IS NULL END",
            name=op.f("ck_objections_decided"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('accepted', 'rejected') OR (confirmed_by IS NOT NULL AND decided_at IS NOT NULL"
            " AND confirmed_by <> proposed_by)",
            name=op.f("ck_objections_decided_by_two"),
        ),
        sa.ForeignKeyConstraint(
            ["person_position"], ["people.position"], name=op.f("fk_objections_person_position_people")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_objections")),
        sa.UniqueConstraint("id", name=op.f("uq_objections_id")),
        sa.UniqueConstraint("tracking_number", name=op.f("uq_objections_tracking_number")),
    )
    op.create_index("ix_objections_person_position_position", "objections", ["person_position", "position"])
    op.create_index("ix_objections_status_position", "objections", ["status", "position"])
    for state, where in (("draft", "status = 'draft'"), ("open", "status IN ('submitted', 'proposed')")):
        op.create_index(
            f"uq_objections_{state}",
            "objections",
            ["person_position", "kind"],
            unique=True,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    op.create_table(
        "objection_months",
        sa.Column("objection_position", BigKey, nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("workshop_code", sa.String(length=10), nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        sa.Column("recorded_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("month % 100 BETWEEN 1 AND 12", name=op.f("ck_objection_months_month")),
        sa.CheckConstraint("days BETWEEN 0 AND 31", name=op.f("ck_objection_months_days")),
        sa.ForeignKeyConstraint(
            ["objection_position"],
            ["objections.position"],
            name=op.f("fk_objection_months_objection_position_objections"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "objection_position", "month", "workshop_code", name=op.f("pk_objection_months")
        ),
    )
    op.create_table(
        "corrections",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("objection_position", BigKey, nullable=False),
        sa.Column("person_position", BigKey, nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("workshop_code", sa.String(length=10), nullable=False),
        sa.Column("old_days", sa.Integer(), nullable=True),
        sa.Column("new_days", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("month % 100 BETWEEN 1 AND 12", name=op.f("ck_corrections_month")),
        sa.CheckConstraint("new_days BETWEEN 0 AND 31", name=op.f("ck_corrections_new_days")),
        sa.ForeignKeyConstraint(
            ["objection_position"],
            ["objections.position"],
            name=op.f("fk_corrections_objection_position_objections"),
        ),
        sa.ForeignKeyConstraint(
            ["person_position"], ["people.position"], name=op.f("fk_corrections_person_position_people")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_corrections")),
        sa.UniqueConstraint(
            "objection_position",
            "month",
            "workshop_code",
            name=op.f("uq_corrections_objection_position_month_workshop_code"),
        ),
    )
    op.create_index(op.f("ix_corrections_person_position"), "corrections", ["person_position"])
    op.create_table(
        "officer_records",
        sa.Column("officer_id", sa.String(length=36), nullable=False),
        sa.Column("person_position", BigKey, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_position"], ["people.position"], name=op.f("fk_officer_records_person_position_people")
        ),
        sa.PrimaryKeyConstraint("officer_id", name=op.f("pk_officer_records")),
    )


def downgrade() -> None:
    op.drop_table("officer_records")
    op.drop_table("corrections")
    op.drop_table("objection_months")
    op.drop_table("objections")
