"""Consent requests, their sealed answers, and what institutions set up for them; answers in the register.

Code of the previous release goes on reading the register: answers have no letter there, so it says of their
serial numbers only that they are valid.
"""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0019_serves_0001"
down_revision = "0018_serves_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blocked_institutions",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("blocked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "institution_id", name=op.f("pk_blocked_institutions")),
    )
    op.create_table(
        "consent_batches",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("refused", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_consent_batches")),
        sa.UniqueConstraint("id", name=op.f("uq_consent_batches_id")),
    )
    op.create_index(op.f("ix_consent_batches_created_at"), "consent_batches", ["created_at"], unique=False)
    op.create_index(
        "ix_consent_batches_institution_id_position",
        "consent_batches",
        ["institution_id", "position"],
        unique=False,
    )
    op.create_table(
        "consent_requests",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("is_of_clerk", sa.Boolean(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.Column("open_tag", sa.String(length=64), nullable=True),
        sa.Column("sealed_code", sa.LargeBinary(), nullable=True),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "answers", "letter", name="askkind", native_enum=False, create_constraint=True, length=16
            ),
            nullable=False,
        ),
        sa.Column("asks", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=True),
        sa.Column("answer_days", sa.Integer(), nullable=False),
        sa.Column("return_url", sa.String(length=500), nullable=True),
        sa.Column(
            "seal",
            sa.Enum(
                "key", "service", name="sealmethod", native_enum=False, create_constraint=True, length=16
            ),
            nullable=False,
        ),
        sa.Column("is_counter", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "refused",
                "preparing",
                "answered",
                "lapsed",
                "revoked",
                name="consentstate",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("approval", sa.String(length=64), nullable=True),
        sa.Column("agreement_version", sa.Integer(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("serial", sa.String(length=13), nullable=True),
        sa.Column("disclosure_id", sa.Uuid(), nullable=True),
        sa.Column("letter_id", sa.Uuid(), nullable=True),
        sa.Column("fetch_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "answer_days BETWEEN 1 AND 365", name=op.f("ck_consent_requests_answer_days_in_range")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_consent_requests")),
        sa.UniqueConstraint("disclosure_id", name=op.f("uq_consent_requests_disclosure_id")),
        sa.UniqueConstraint("id", name=op.f("uq_consent_requests_id")),
        sa.UniqueConstraint("institution_id", "open_tag", name="uq_consent_requests_open_tag"),
    )
    op.create_index(
        "ix_consent_requests_batch_id_position", "consent_requests", ["batch_id", "position"], unique=False
    )
    op.create_index(
        "ix_consent_requests_ending",
        "consent_requests",
        ["ends_at"],
        unique=False,
        sqlite_where=sa.text("state = 'answered'"),
        postgresql_where=sa.text("state = 'answered'"),
    )
    op.create_index(op.f("ix_consent_requests_fetch_at"), "consent_requests", ["fetch_at"], unique=False)
    op.create_index(
        "ix_consent_requests_institution_id_created_at",
        "consent_requests",
        ["institution_id", "created_at"],
        unique=False,
    )
    op.create_index(
        "ix_consent_requests_institution_id_position",
        "consent_requests",
        ["institution_id", "position"],
        unique=False,
    )
    op.create_index(
        "ix_consent_requests_person_id_position", "consent_requests", ["person_id", "position"], unique=False
    )
    op.create_index(op.f("ix_consent_requests_serial"), "consent_requests", ["serial"], unique=False)
    op.create_index(
        "ix_consent_requests_unclosed",
        "consent_requests",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_consent_requests_unresolved",
        "consent_requests",
        ["position"],
        unique=False,
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "institution_keys",
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("jwk", sa.JSON(), nullable=False),
        sa.Column("thumbprint", sa.String(length=64), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("institution_id", name=op.f("pk_institution_keys")),
    )
    op.create_table(
        "institution_webhooks",
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=True),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("old_secret", sa.LargeBinary(), nullable=True),
        sa.Column("old_until", UtcDateTime(), nullable=True),
        sa.Column("forbids_service_seal", sa.Boolean(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("institution_id", name=op.f("pk_institution_webhooks")),
    )
    op.create_table(
        "wage_questions",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.Column("rials", sa.BigInteger(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_wage_questions")),
    )
    op.create_index(op.f("ix_wage_questions_asked_at"), "wage_questions", ["asked_at"], unique=False)
    op.create_index(
        "ix_wage_questions_institution_id_tag", "wage_questions", ["institution_id", "tag"], unique=False
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("failed_at", UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("id", name=op.f("uq_webhook_deliveries_id")),
    )
    op.create_index(
        op.f("ix_webhook_deliveries_consent_id"), "webhook_deliveries", ["consent_id"], unique=False
    )
    op.create_index(
        op.f("ix_webhook_deliveries_created_at"), "webhook_deliveries", ["created_at"], unique=False
    )
    op.create_index(
        "ix_webhook_deliveries_due_at",
        "webhook_deliveries",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_webhook_deliveries_institution_id_position",
        "webhook_deliveries",
        ["institution_id", "position"],
        unique=False,
    )
    op.create_table(
        "answer_views",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consent_requests.id"], name=op.f("fk_answer_views_consent_id_consent_requests")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_answer_views")),
        sa.UniqueConstraint("id", name=op.f("uq_answer_views_id")),
    )
    op.create_index(
        "ix_answer_views_consent_id_position", "answer_views", ["consent_id", "position"], unique=False
    )
    op.create_table(
        "sealed_answers",
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("thumbprint", sa.String(length=64), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["consent_id"],
            ["consent_requests.id"],
            name=op.f("fk_sealed_answers_consent_id_consent_requests"),
        ),
        sa.PrimaryKeyConstraint("consent_id", name=op.f("pk_sealed_answers")),
    )
    op.add_column("letters", sa.Column("consent_id", sa.Uuid(), nullable=True))
    op.add_column("letters", sa.Column("ended_at", UtcDateTime(), nullable=True))
    op.create_index(op.f("ix_letters_consent_id"), "letters", ["consent_id"], unique=False)


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM letters WHERE consent_id IS NOT NULL"))
    op.drop_index(op.f("ix_letters_consent_id"), table_name="letters")
    op.drop_column("letters", "ended_at")
    op.drop_column("letters", "consent_id")
    op.drop_table("sealed_answers")
    op.drop_table("answer_views")
    op.drop_table("webhook_deliveries")
    op.drop_table("wage_questions")
    op.drop_table("institution_webhooks")
    op.drop_table("institution_keys")
    op.drop_table("consent_requests")
    op.drop_table("consent_batches")
    op.drop_table("blocked_institutions")
