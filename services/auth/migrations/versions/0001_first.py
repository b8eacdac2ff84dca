"""Accounts, staff, codes, sessions, clients, keys, and the tables of the kit."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("national_code", sa.String(length=10), nullable=False),
        sa.Column("mobile", sa.String(length=11), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("activated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("national_code", name=op.f("uq_accounts_national_code")),
    )
    op.create_table(
        "code_requests",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "activation-code",
                "password-reset-code",
                "mobile-change-code",
                name="kind",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("open", "done", name="state", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("national_code", sa.String(length=10), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("mobile", sa.String(length=11), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_code_requests_tries_not_negative")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_code_requests")),
        sa.UniqueConstraint("id", name=op.f("uq_code_requests_id")),
    )
    op.create_index(op.f("ix_code_requests_due_at"), "code_requests", ["due_at"])
    op.create_index(op.f("ix_code_requests_expires_at"), "code_requests", ["expires_at"])
    op.create_index(op.f("ix_code_requests_person_id"), "code_requests", ["person_id"])

    op.create_table(
        "failed_attempts",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_failed_attempts")),
    )
    op.create_index(op.f("ix_failed_attempts_at"), "failed_attempts", ["at"])
    op.create_index(op.f("ix_failed_attempts_key"), "failed_attempts", ["key"])

    op.create_table(
        "feed_counter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_counter")),
    )
    op.create_table(
        "feed_cursors",
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_feed_cursors")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "institutions",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_institutions")),
        sa.UniqueConstraint("id", name=op.f("uq_institutions_id")),
        sa.UniqueConstraint("name", name=op.f("uq_institutions_name")),
    )
    op.create_table(
        "notices",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "letter-ready",
                "letter-viewed",
                "attempts-failed",
                "letter-superseded",
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
        sa.PrimaryKeyConstraint("position", name=op.f("pk_notices")),
        sa.UniqueConstraint("cause", name=op.f("uq_notices_cause")),
    )
    op.create_index(op.f("ix_notices_due_at"), "notices", ["due_at"])

    op.create_table(
        "outbox",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_outbox")),
        sa.UniqueConstraint("id", name=op.f("uq_outbox_id")),
        sa.UniqueConstraint("number", name=op.f("uq_outbox_number")),
    )
    op.create_index(op.f("ix_outbox_published_at"), "outbox", ["published_at"])

    op.create_table(
        "refresh_families",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "citizen", "officer", "institution", name="role", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("refreshed_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_families")),
    )
    op.create_index(op.f("ix_refresh_families_expires_at"), "refresh_families", ["expires_at"])
    op.create_index(op.f("ix_refresh_families_subject"), "refresh_families", ["subject"])

    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("jwk", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "published", "signing", "retired", name="state", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_keys")),
    )
    op.create_index(
        "uq_signing_keys_signing",
        "signing_keys",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'signing'"),
        postgresql_where=sa.text("state = 'signing'"),
    )

    op.create_table(
        "clients",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_clients_institution_id_institutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column(
            "role",
            sa.Enum("officer", "clerk", name="role", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(role = 'clerk') = (institution_id IS NOT NULL)", name=op.f("ck_staff_clerk_has_institution")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_staff_institution_id_institutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_username")),
    )


def downgrade() -> None:
    op.drop_table("staff")
    op.drop_table("clients")
    op.drop_table("signing_keys")
    op.drop_table("refresh_families")
    op.drop_table("outbox")
    op.drop_table("notices")
    op.drop_table("institutions")
    op.drop_table("idempotency_keys")
    op.drop_table("feed_cursors")
    op.drop_table("feed_counter")
    op.drop_table("failed_attempts")
    op.drop_table("code_requests")
    op.drop_table("accounts")
