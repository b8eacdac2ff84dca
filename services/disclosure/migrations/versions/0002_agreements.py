"""Versions of the agreement; the first one is the text that came with the code."""

import hashlib
from importlib import resources

import sqlalchemy as sa
from alembic import op

from services.kit.db import UtcDateTime, sql_now

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    agreements = op.create_table(
        "agreements",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text_fa", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_agreements_counted_from_one")),
        sa.CheckConstraint("text_fa <> '' AND text_en <> ''", name=op.f("ck_agreements_not_empty")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_agreements")),
    )
    folder = resources.files("services.disclosure") / "agreements"
    fa, en = ((folder / f"1.{language}.txt").read_text("utf-8").strip() for language in ("fa", "en"))
    first = {
        "version": 1,
        "text_fa": fa,
        "text_en": en,
        "sha256": hashlib.sha256(f"{fa}\n{en}".encode()).hexdigest(),
        "published_at": sql_now(),
    }
    op.execute(sa.insert(agreements).values(first))


def downgrade() -> None:
    op.drop_table("agreements")
