"""Messages about letters, permits and accounts, the views of a day, and which messages people want.

A person may choose the language of messages.
"""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0009_serves_0002"
down_revision = "0008_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("language", sa.String(length=2), nullable=True))
    op.create_table(
        "account_notices",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("mobile", sa.String(length=11), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("cause", sa.String(length=100), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_account_notices")),
        sa.UniqueConstraint("cause", name=op.f("uq_account_notices_cause")),
    )
    op.create_index(op.f("ix_account_notices_due_at"), "account_notices", ["due_at"])
    op.create_table(
        "letter_views",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_letter_views")),
        sa.UniqueConstraint("cause", name=op.f("uq_letter_views_cause")),
    )
    op.create_index(op.f("ix_letter_views_person_id_day"), "letter_views", ["person_id", "day"])
    op.create_index(op.f("ix_letter_views_occurred_at"), "letter_views", ["occurred_at"])
    op.create_table(
        "muted_kinds",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_muted_kinds")),
    )


def downgrade() -> None:
    for table in ("muted_kinds", "letter_views", "account_notices"):
        op.drop_table(table)
    op.drop_column("accounts", "language")
