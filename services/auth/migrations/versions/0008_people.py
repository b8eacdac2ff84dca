"""Accounts whose person was corrected or merged: what to ask records, closed accounts, and messages.

Going back leaves no account behind that was closed: its holder registers again.
"""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0008_serves_0002"
down_revision = "0007_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person_checks",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=True),
        sa.Column("occurred_at", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_checks")),
    )
    op.create_index(op.f("ix_person_checks_due_at"), "person_checks", ["due_at"])
    op.create_table(
        "closed_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("former_person_id", sa.Uuid(), nullable=False),
        sa.Column("national_code", sa.String(length=10), nullable=False),
        sa.Column("mobile", sa.String(length=11), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("activated_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_accounts")),
    )
    for column in ("person_id", "national_code", "closed_at"):
        op.create_index(op.f(f"ix_closed_accounts_{column}"), "closed_accounts", [column])
    op.create_table(
        "person_notices",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "identity-corrected",
                "national-code-corrected",
                "records-merged",
                "account-closed",
                "account-chosen",
                name="kind",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("mobile", sa.String(length=11), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("cause", sa.String(length=100), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_person_notices")),
        sa.UniqueConstraint("cause", name=op.f("uq_person_notices_cause")),
    )
    op.create_index(op.f("ix_person_notices_due_at"), "person_notices", ["due_at"])


def downgrade() -> None:
    for table in ("person_notices", "closed_accounts", "person_checks"):
        op.drop_table(table)
