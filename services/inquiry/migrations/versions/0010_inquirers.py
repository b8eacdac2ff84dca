"""Who inquires by their own words, what institutions find again, and inquiries about revoked letters.

Code of the previous release reads every row that it knows. It cannot read the new result.
"""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0010_serves_0001"
down_revision = "0009_serves_0001"
branch_labels = None
depends_on = None

RESULTS = (
    "answered",
    "other-institution",
    "code-not-accepted",
    "permit-expired",
    "permit-revoked",
    "permit-used-up",
    "permit-paused",
)
NEW = (*RESULTS, "letter-revoked")


def upgrade() -> None:
    _replace_results(NEW, add=sa.Column("claimed_institution", sa.String(length=100), nullable=True))
    op.create_table(
        "institution_inquiries",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=True),
        sa.Column("purpose", sa.String(length=200), nullable=True),
        sa.Column(
            "result",
            sa.Enum(*NEW, name="result", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("serial", sa.String(length=13), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_institution_inquiries")),
        sa.UniqueConstraint("id", name=op.f("uq_institution_inquiries_id")),
    )
    op.create_index(op.f("ix_institution_inquiries_at"), "institution_inquiries", ["at"])
    for name in ("institution_id", "subject"):
        columns = [name, "position"]
        op.create_index(f"ix_institution_inquiries_{name}_position", "institution_inquiries", columns)


def downgrade() -> None:
    op.drop_table("institution_inquiries")
    # To older code, a permit of a revoked letter was revoked.
    op.execute("UPDATE inquiries SET result = 'permit-revoked' WHERE result = 'letter-revoked'")
    _replace_results(RESULTS, drop="claimed_institution")


def _replace_results(
    results: tuple[str, ...], *, add: sa.Column[str] | None = None, drop: str | None = None
) -> None:
    """Replace the condition of `inquiries.result`, and add or drop a column; SQLite does it with one copy."""
    listed = ", ".join(f"'{result}'" for result in results)
    with op.batch_alter_table("inquiries") as inquiries:
        inquiries.drop_constraint(op.f("ck_inquiries_result"), type_="check")
        if add is not None:
            inquiries.add_column(add)
        if drop is not None:
            inquiries.drop_column(drop)
        inquiries.create_check_constraint(op.f("ck_inquiries_result"), f"result IN ({listed})")
