"""Representatives: mandates, the sessions in which they are used, and messages about them."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0015_serves_0002"
down_revision = "0014_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mandates",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("helper_code", sa.String(length=10), nullable=False),
        sa.Column("helper_id", sa.Uuid(), nullable=True),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("sealed_label", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=False),
        sa.Column("invited_at", UtcDateTime(), nullable=False),
        sa.Column("invitation_expires_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("accepted_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_mandates")),
        sa.UniqueConstraint("id", name=op.f("uq_mandates_id")),
    )
    for column in ("person_id", "helper_code", "helper_id", "expires_at"):
        op.create_index(op.f(f"ix_mandates_{column}"), "mandates", [column])
    op.create_table(
        "acting_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acting_sessions")),
        sa.UniqueConstraint("family_id", "mandate_id", name=op.f("uq_acting_sessions_family_id_mandate_id")),
    )
    for column in ("mandate_id", "expires_at"):
        op.create_index(op.f(f"ix_acting_sessions_{column}"), "acting_sessions", [column])
    op.create_table(
        "mandate_notices",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "mandate-offered",
                "mandate-began",
                "mandate-used",
                name="kind",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(length=100), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_mandate_notices")),
        sa.UniqueConstraint("cause", name=op.f("uq_mandate_notices_cause")),
    )
    op.create_index(op.f("ix_mandate_notices_due_at"), "mandate_notices", ["due_at"])


def downgrade() -> None:
    for table in ("mandate_notices", "acting_sessions", "mandates"):
        op.drop_table(table)
