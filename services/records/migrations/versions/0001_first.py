"""People, workshops, lists and contributions, and the tables of the kit."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feed_counter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_counter")),
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
        "known_keys",
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("jwk", sa.JSON(), nullable=False),
        sa.Column("fetched_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_known_keys")),
    )
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
        "people",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("national_code", sa.String(length=10), nullable=True),
        sa.Column("insurance_number", sa.String(length=10), nullable=True),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("father_name", sa.String(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column(
            "sex",
            sa.Enum("female", "male", name="sex", native_enum=False, create_constraint=True),
            nullable=True,
        ),
        sa.Column("id_number", sa.String(), nullable=True),
        sa.CheckConstraint("length(national_code) = 10", name=op.f("ck_people_national_code_length")),
        sa.CheckConstraint(
            "national_code IS NOT NULL OR insurance_number IS NOT NULL",
            name=op.f("ck_people_known_by_number"),
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_people")),
        sa.UniqueConstraint("id", name=op.f("uq_people_id")),
        sa.UniqueConstraint("national_code", name=op.f("uq_people_national_code")),
    )
    op.create_index(
        "uq_people_insurance_number_without_code",
        "people",
        ["insurance_number"],
        unique=True,
        sqlite_where=sa.text("national_code IS NULL"),
        postgresql_where=sa.text("national_code IS NULL"),
    )
    op.create_table(
        "workshops",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("named_in", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_workshops")),
        sa.UniqueConstraint("code", name=op.f("uq_workshops_code")),
    )
    op.create_table(
        "access_log",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("officer_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_access_log_person_id_people")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_access_log")),
    )
    op.create_index(op.f("ix_access_log_person_id"), "access_log", ["person_id"])
    op.create_table(
        "lists",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workshop_position", BigKey, nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("list_number", sa.String(), nullable=False),
        sa.Column("header_sha256", sa.String(length=64), nullable=False),
        sa.Column("workers_sha256", sa.String(length=64), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("workers", sa.Integer(), nullable=False),
        sa.Column("total_days", sa.Integer(), nullable=False),
        sa.Column("total_wage", sa.BigInteger(), nullable=False),
        sa.Column("total_premium", sa.BigInteger(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("findings_total", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.String(length=36), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("month % 100 BETWEEN 1 AND 12", name=op.f("ck_lists_month")),
        sa.ForeignKeyConstraint(
            ["workshop_position"], ["workshops.position"], name=op.f("fk_lists_workshop_position_workshops")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_lists")),
        sa.UniqueConstraint("id", name=op.f("uq_lists_id")),
        sa.UniqueConstraint(
            "workshop_position",
            "month",
            "list_number",
            name=op.f("uq_lists_workshop_position_month_list_number"),
        ),
    )
    op.create_table(
        "contributions",
        sa.Column("person_position", BigKey, nullable=False),
        sa.Column("list_position", BigKey, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        sa.Column("wage", sa.BigInteger(), nullable=False),
        sa.Column("premium", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("days BETWEEN 0 AND 31", name=op.f("ck_contributions_days")),
        sa.CheckConstraint("wage >= 0 AND premium >= 0 AND gross >= 0", name=op.f("ck_contributions_money")),
        sa.ForeignKeyConstraint(
            ["list_position"], ["lists.position"], name=op.f("fk_contributions_list_position_lists")
        ),
        sa.ForeignKeyConstraint(
            ["person_position"], ["people.position"], name=op.f("fk_contributions_person_position_people")
        ),
        sa.PrimaryKeyConstraint("person_position", "list_position", name=op.f("pk_contributions")),
    )


def downgrade() -> None:
    op.drop_table("contributions")
    op.drop_table("lists")
    op.drop_table("access_log")
    op.drop_table("workshops")
    op.drop_table("people")
    op.drop_table("outbox")
    op.drop_table("known_keys")
    op.drop_table("idempotency_keys")
    op.drop_table("feed_counter")
