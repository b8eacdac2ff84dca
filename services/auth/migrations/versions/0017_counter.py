"""The counter: people whom officers have identified by documents, and messages about that."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0017_serves_0002"
down_revision = "0016_serves_0002"
branch_labels = None
depends_on = None


def _build_choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True)


def upgrade() -> None:
    op.create_table(
        "identifications",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("national_code", sa.String(length=10), nullable=True),
        sa.Column("insurance_number", sa.String(length=10), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("mobile", sa.String(length=16), nullable=False),
        sa.Column("has_account", sa.Boolean(), nullable=False),
        sa.Column(
            "document",
            _build_choice(
                "document",
                "national-card",
                "birth-certificate",
                "passport",
                "residence-permit",
                "refugee-card",
            ),
            nullable=False,
        ),
        sa.Column("document_ends", sa.String(length=4), nullable=False),
        sa.Column("sealed_note", sa.LargeBinary(), nullable=False),
        sa.Column(
            "status",
            _build_choice("status", "proposed", "confirmed", "rejected", "activated"),
            nullable=False,
        ),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("activated_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_identifications")),
        sa.UniqueConstraint("id", name=op.f("uq_identifications_id")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_identifications_code_hash")),
    )
    op.create_index(op.f("ix_identifications_person_id"), "identifications", ["person_id"])
    op.create_table(
        "counter_notices",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column(
            "kind",
            _build_choice("kind", "counter-proposed", "counter-confirmed", "counter-activation-code"),
            nullable=False,
        ),
        sa.Column("mobile", sa.String(length=16), nullable=True),
        sa.Column("identification_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(length=100), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_counter_notices")),
        sa.UniqueConstraint("cause", name=op.f("uq_counter_notices_cause")),
    )
    op.create_index(op.f("ix_counter_notices_due_at"), "counter_notices", ["due_at"])


def downgrade() -> None:
    for table in ("counter_notices", "identifications"):
        op.drop_table(table)
