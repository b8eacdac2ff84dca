"""Bulk imports: archives of many lists, received in parts, and what came of their lists."""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0027_serves_0002"
down_revision = "0026_serves_0002"
branch_labels = None
depends_on = None

_STATUSES = ("receiving", "queued", "running", "done", "failed", "cancelled")
_FAILURES = ("not-an-archive", "archive-damaged", "too-many-files", "too-large-unpacked", "no-lists")
_OUTCOMES = ("accepted", "already-there", "refused")
_OPEN = sa.text("status IN ('receiving', 'queued', 'running')")


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("part_size", sa.Integer(), nullable=False),
        sa.Column("status", _new_enum(_STATUSES, "status", 16), nullable=False),
        sa.Column("failure_code", _new_enum(_FAILURES, "failure_code", 24), nullable=True),
        sa.Column("imported_by", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        *(
            sa.Column(name, UtcDateTime(), nullable=False)
            for name in ("created_at", "claimable_at", "nudge_at")
        ),
        *(sa.Column(name, UtcDateTime(), nullable=True) for name in ("received_at", "ended_at")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("attempt", "tries", "lists_done")),
        sa.Column("lists", sa.Integer(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("accepted", "already_there", "refused", "held")
        ),
        sa.CheckConstraint(
            "(status = 'failed') = (failure_code IS NOT NULL)", name=op.f("ck_imports_failed_has_code")
        ),
        sa.CheckConstraint("size > 0 AND part_size > 0", name=op.f("ck_imports_not_empty")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_imports")),
        sa.UniqueConstraint("id", name=op.f("uq_imports_id")),
    )
    op.create_index(
        "ix_imports_open", "imports", ["claimable_at"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_table(
        "import_parts",
        sa.Column("import_position", BigKey, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("object_key", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_position"], ["imports.position"], name=op.f("fk_import_parts_import_position_imports")
        ),
        sa.PrimaryKeyConstraint("import_position", "number", name=op.f("pk_import_parts")),
    )
    op.create_table(
        "import_findings",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("import_position", BigKey, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("outcome", _new_enum(_OUTCOMES, "outcome", 16), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=True),
        sa.Column("findings", sa.JSON(), nullable=True),
        sa.Column("findings_total", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_position"],
            ["imports.position"],
            name=op.f("fk_import_findings_import_position_imports"),
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_import_findings")),
        sa.UniqueConstraint(
            "import_position", "number", name=op.f("uq_import_findings_import_position_number")
        ),
    )


def downgrade() -> None:
    for table in ("import_findings", "import_parts", "imports"):
        op.drop_table(table)


def _new_enum(values: tuple[str, ...], name: str, length: int) -> sa.Enum:
    return sa.Enum(*values, native_enum=False, create_constraint=True, name=name, length=length)
