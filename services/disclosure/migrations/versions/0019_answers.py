"""Answers that were issued, and the requests of letters that consents have queued.

Code of the previous release leaves both tables alone; it counts letters of consents among the ten a day.
"""

import sqlalchemy as sa
from alembic import op

from services.kit.db import UtcDateTime

revision = "0019_serves_0003"
down_revision = "0018_serves_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issued_answers",
        sa.Column("serial", sa.String(length=13), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("tag", sa.String(length=100), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_issued_answers")),
    )
    op.create_index(op.f("ix_issued_answers_person_id"), "issued_answers", ["person_id"])
    op.create_index(op.f("ix_issued_answers_ends_at"), "issued_answers", ["ends_at"])
    op.create_index(
        "ix_issued_answers_due_at",
        "issued_answers",
        ["due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "consent_letters",
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("disclosure_id", sa.Uuid(), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["disclosure_id"],
            ["requests.id"],
            name=op.f("fk_consent_letters_disclosure_id_requests"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("consent_id", name=op.f("pk_consent_letters")),
        sa.UniqueConstraint("disclosure_id", name=op.f("uq_consent_letters_disclosure_id")),
    )


def downgrade() -> None:
    op.drop_table("consent_letters")
    op.drop_table("issued_answers")
