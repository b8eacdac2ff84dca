"""What the account page shows and changes: devices by browser, second factors of everybody, closing."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0010_serves_0002"
down_revision = "0009_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("closes_at", UtcDateTime(), nullable=True))
    op.add_column("known_devices", sa.Column("browser", sa.String(length=40), nullable=True))
    op.add_column("refresh_families", sa.Column("browser", sa.String(length=40), nullable=True))
    op.add_column("refresh_families", sa.Column("device_id", sa.Uuid(), nullable=True))
    op.create_table(
        "citizen_factors",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("enrolled_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", name=op.f("pk_citizen_factors")),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("is_staff", sa.Boolean(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_index(op.f("ix_passkeys_owner_id"), "passkeys", ["owner_id"])
    op.create_table(
        "factor_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor_requests")),
    )
    op.create_index(op.f("ix_factor_requests_expires_at"), "factor_requests", ["expires_at"])
    op.create_table(
        "recovery_codes",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_recovery_codes")),
    )
    op.create_index(op.f("ix_recovery_codes_owner_id"), "recovery_codes", ["owner_id"])


def downgrade() -> None:
    for table in ("recovery_codes", "factor_requests", "passkeys", "citizen_factors"):
        op.drop_table(table)
    op.drop_column("refresh_families", "device_id")
    op.drop_column("refresh_families", "browser")
    op.drop_column("known_devices", "browser")
    op.drop_column("accounts", "closes_at")
