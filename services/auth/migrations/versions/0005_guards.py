"""Known devices, sign-in codes, reversals of a changed mobile, messages of these, wrong one-time codes."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0005_serves_0002"
down_revision = "0004_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_devices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("first_seen_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_devices")),
    )
    op.create_index(op.f("ix_known_devices_last_seen_at"), "known_devices", ["last_seen_at"])
    op.create_index(op.f("ix_known_devices_owner_id"), "known_devices", ["owner_id"])

    op.create_table(
        "sign_in_codes",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "done", name="state", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("national_code", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_sign_in_codes_tries_not_negative")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_sign_in_codes")),
        sa.UniqueConstraint("id", name=op.f("uq_sign_in_codes_id")),
    )
    op.create_index(op.f("ix_sign_in_codes_due_at"), "sign_in_codes", ["due_at"])
    op.create_index(op.f("ix_sign_in_codes_expires_at"), "sign_in_codes", ["expires_at"])
    op.create_index(op.f("ix_sign_in_codes_person_id"), "sign_in_codes", ["person_id"])

    op.create_table(
        "mobile_reversals",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("old_mobile", sa.String(length=11), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_mobile_reversals")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_mobile_reversals_code_hash")),
        sa.UniqueConstraint("id", name=op.f("uq_mobile_reversals_id")),
    )
    op.create_index(op.f("ix_mobile_reversals_expires_at"), "mobile_reversals", ["expires_at"])
    op.create_index(op.f("ix_mobile_reversals_person_id"), "mobile_reversals", ["person_id"])

    op.create_table(
        "security_notices",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "mobile-changed",
                "mobile-reversed",
                "password-changed",
                "new-sign-in",
                "permit-issued",
                "wrong-codes",
                name="kind",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("mobile", sa.String(length=11), nullable=True),
        sa.Column("reversal_id", sa.Uuid(), nullable=True),
        sa.Column("cause", sa.String(length=100), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_security_notices")),
        sa.UniqueConstraint("cause", name=op.f("uq_security_notices_cause")),
    )
    op.create_index(op.f("ix_security_notices_due_at"), "security_notices", ["due_at"])

    with op.batch_alter_table("second_factors") as second_factors:
        second_factors.add_column(sa.Column("wrong_codes", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("second_factors") as second_factors:
        second_factors.drop_column("wrong_codes")
    op.drop_table("security_notices")
    op.drop_table("mobile_reversals")
    op.drop_table("sign_in_codes")
    op.drop_table("known_devices")
