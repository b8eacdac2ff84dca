"""Permits, sealed copies, inquiries, the register of letters, and the tables of the kit."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
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
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_institutions")),
        sa.UniqueConstraint("id", name=op.f("uq_institutions_id")),
    )
    op.create_table(
        "known_keys",
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("jwk", sa.JSON(), nullable=False),
        sa.Column("fetched_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_known_keys")),
    )
    op.create_table(
        "letters",
        sa.Column("serial", sa.String(length=13), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_letters")),
    )
    op.create_index(op.f("ix_letters_sha256"), "letters", ["sha256"])

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
        "stored_documents",
        sa.Column("permit_id", sa.Uuid(), nullable=False),
        sa.Column("remove_after", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("permit_id", name=op.f("pk_stored_documents")),
    )
    op.create_index(op.f("ix_stored_documents_remove_after"), "stored_documents", ["remove_after"])

    op.create_table(
        "permits",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_tag", sa.String(length=64), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.String(length=13), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("code_index", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("max_views", sa.Integer(), nullable=True),
        sa.Column("view_count", sa.Integer(), nullable=False),
        sa.Column("paused_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_permits_ends_after_start")),
        sa.CheckConstraint("max_views BETWEEN 1 AND 1000", name=op.f("ck_permits_max_views_in_range")),
        sa.CheckConstraint(
            "view_count >= 0 AND view_count <= max_views", name=op.f("ck_permits_views_within_limit")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_permits_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(["serial"], ["letters.serial"], name=op.f("fk_permits_serial_letters")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_permits")),
        sa.UniqueConstraint("code_index", name=op.f("uq_permits_code_index")),
        sa.UniqueConstraint("id", name=op.f("uq_permits_id")),
    )
    op.create_index(op.f("ix_permits_person_id"), "permits", ["person_id"])
    op.create_index(op.f("ix_permits_person_tag"), "permits", ["person_tag"])

    op.create_table(
        "document_tickets",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("permit_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["permit_id"], ["permits.id"], name=op.f("fk_document_tickets_permit_id_permits")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_tickets")),
    )
    op.create_index(op.f("ix_document_tickets_expires_at"), "document_tickets", ["expires_at"])
    op.create_index(op.f("ix_document_tickets_permit_id"), "document_tickets", ["permit_id"])

    op.create_table(
        "inquiries",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("permit_id", sa.Uuid(), nullable=True),
        sa.Column("person_tag", sa.String(length=64), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column("institution_name", sa.String(length=200), nullable=True),
        sa.Column("purpose", sa.String(length=200), nullable=True),
        sa.Column(
            "result",
            sa.Enum(
                "answered",
                "other-institution",
                "code-not-accepted",
                "permit-expired",
                "permit-revoked",
                "permit-used-up",
                "permit-paused",
                name="result",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["permit_id"], ["permits.id"], name=op.f("fk_inquiries_permit_id_permits")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_inquiries")),
        sa.UniqueConstraint("id", name=op.f("uq_inquiries_id")),
    )
    op.create_index(op.f("ix_inquiries_permit_id"), "inquiries", ["permit_id"])
    op.create_index(op.f("ix_inquiries_person_tag"), "inquiries", ["person_tag"])
    op.create_index(
        "ix_inquiries_untold",
        "inquiries",
        ["position"],
        sqlite_where=sa.text("NOT told"),
        postgresql_where=sa.text("NOT told"),
    )

    op.create_table(
        "sealed_copies",
        sa.Column("permit_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["permit_id"], ["permits.id"], name=op.f("fk_sealed_copies_permit_id_permits")
        ),
        sa.PrimaryKeyConstraint("permit_id", name=op.f("pk_sealed_copies")),
    )
    op.create_index(op.f("ix_sealed_copies_expires_at"), "sealed_copies", ["expires_at"])

    op.create_table(
        "discrepancies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("month_jalali", sa.String(length=7), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiries.id"], name=op.f("fk_discrepancies_inquiry_id_inquiries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancies")),
    )
    op.create_index(op.f("ix_discrepancies_inquiry_id"), "discrepancies", ["inquiry_id"])


def downgrade() -> None:
    op.drop_table("discrepancies")
    op.drop_table("sealed_copies")
    op.drop_table("inquiries")
    op.drop_table("document_tickets")
    op.drop_table("permits")
    op.drop_table("stored_documents")
    op.drop_table("outbox")
    op.drop_table("letters")
    op.drop_table("known_keys")
    op.drop_table("institutions")
    op.drop_table("idempotency_keys")
    op.drop_table("feed_cursors")
    op.drop_table("feed_counter")
    op.drop_table("failed_attempts")
