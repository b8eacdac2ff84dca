"""Letters whose figures must be compared with the record, because the record has changed.

Going back loses the comparisons that wait, so let the loop `check-figures` finish them first.
"""

import sqlalchemy as sa
from alembic import op

from services.kit.db import UtcDateTime

revision = "0009_serves_0003"
down_revision = "0008_serves_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "figure_checks",
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letters.id"], name=op.f("fk_figure_checks_letter_id_letters")
        ),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_figure_checks")),
    )
    op.create_index(op.f("ix_figure_checks_due_at"), "figure_checks", ["due_at"])


def downgrade() -> None:
    # Code of 0.1.0 answers 500 instead of a page with such a line.
    op.execute("DELETE FROM activity WHERE kind = 'objection.withdrawn'")
    op.drop_table("figure_checks")
