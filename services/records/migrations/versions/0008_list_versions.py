"""Versions of lists, their rows that no longer count, their files, and canonical numbers."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0008_serves_0002"
down_revision = "0007_serves_0002"
branch_labels = None
depends_on = None

_OF_LISTS = (
    ("contract_row", sa.String(length=3)),
    ("hard_jobs", sa.BigInteger()),
    ("header_object", sa.String(length=100)),
    ("workers_object", sa.String(length=100)),
)
_OF_ROWS = (
    ("job_title", sa.String()),
    ("job_code", sa.String(length=6)),
    ("start_date", sa.Date()),
    ("leave_date", sa.Date()),
)


def upgrade() -> None:
    op.create_table(
        "stored_objects",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored_at", UtcDateTime(), nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_stored_objects")),
    )
    op.create_index(
        "ix_stored_objects_unkept",
        "stored_objects",
        ["stored_at"],
        sqlite_where=sa.text("NOT is_kept"),
        postgresql_where=sa.text("NOT is_kept"),
    )
    op.create_table(
        "list_versions",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("list_position", BigKey, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("header_sha256", sa.String(length=64), nullable=False),
        sa.Column("workers_sha256", sa.String(length=64), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("workers", sa.Integer(), nullable=False),
        sa.Column("total_days", sa.Integer(), nullable=False),
        sa.Column("total_wage", sa.BigInteger(), nullable=False),
        sa.Column("total_premium", sa.BigInteger(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("findings_total", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.String(length=36), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        *(sa.Column(name, kind, nullable=True) for name, kind in _OF_LISTS),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["list_position"], ["lists.position"], name=op.f("fk_list_versions_list_position_lists")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_list_versions")),
        sa.UniqueConstraint("list_position", "version", name=op.f("uq_list_versions_list_position_version")),
    )
    op.create_table(
        "former_contributions",
        sa.Column("list_position", BigKey, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("person_position", BigKey, nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        sa.Column("wage", sa.BigInteger(), nullable=False),
        sa.Column("premium", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        *(sa.Column(name, kind, nullable=True) for name, kind in _OF_ROWS),
        sa.Column("stated", sa.SmallInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["list_position"], ["lists.position"], name=op.f("fk_former_contributions_list_position_lists")
        ),
        sa.ForeignKeyConstraint(
            ["person_position"],
            ["people.position"],
            name=op.f("fk_former_contributions_person_position_people"),
        ),
        sa.PrimaryKeyConstraint("list_position", "version", "row", name=op.f("pk_former_contributions")),
    )
    op.create_table(
        "proposed_lists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", "part", name=op.f("pk_proposed_lists")),
    )
    op.add_column("lists", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("lists", sa.Column("withdrawn_at", UtcDateTime(), nullable=True))
    op.add_column("lists", sa.Column("canonical_number", sa.String(length=12), nullable=True))
    for name, kind in _OF_LISTS:
        op.add_column("lists", sa.Column(name, kind, nullable=True))
    for name, date_or_text in _OF_ROWS:
        op.add_column("contributions", sa.Column(name, date_or_text, nullable=True))
    op.add_column("workshops", sa.Column("canonical_code", sa.String(length=10), nullable=True))
    op.add_column("people", sa.Column("canonical_insurance_number", sa.String(length=10), nullable=True))


def downgrade() -> None:
    op.drop_column("people", "canonical_insurance_number")
    op.drop_column("workshops", "canonical_code")
    for name, _ in reversed(_OF_ROWS):
        op.drop_column("contributions", name)
    for name, _ in reversed(_OF_LISTS):
        op.drop_column("lists", name)
    op.drop_column("lists", "canonical_number")
    op.drop_column("lists", "withdrawn_at")
    op.drop_column("lists", "version")
    op.drop_table("proposed_lists")
    op.drop_table("former_contributions")
    op.drop_table("list_versions")
    op.drop_index("ix_stored_objects_unkept", "stored_objects")
    op.drop_table("stored_objects")
