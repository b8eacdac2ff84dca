"""Contributions say what a statement needs of their list, and refer to people and lists without foreign keys.

Rows of code of before have month 0 until they are moved. On PostgreSQL they keep their foreign keys: the
older code relies on the locks that these take.
"""

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey

revision = "0024_serves_0002"
down_revision = "0023_serves_0002"
branch_labels = None
depends_on = None

_REFERRED = {"list_position": "lists", "person_position": "people"}


def upgrade() -> None:
    columns = (
        sa.Column("month", sa.Integer(), server_default="0", nullable=False),
        sa.Column("workshop_position", BigKey, nullable=True),
        sa.Column("list_number", sa.String(), nullable=True),
    )
    if op.get_context().dialect.name == "postgresql":
        for column in columns:
            op.add_column("contributions", column)
        # Checked by the migration after this, while others write: a partition that is attached need not be.
        op.execute(
            "ALTER TABLE contributions ADD CONSTRAINT ck_contributions_unmoved CHECK (month = 0) NOT VALID"
        )
        return
    with op.batch_alter_table("contributions") as contributions:
        for name, table in _REFERRED.items():
            contributions.drop_constraint(op.f(f"fk_contributions_{name}_{table}"), type_="foreignkey")
        for column in columns:
            contributions.add_column(column)


def downgrade() -> None:
    names = ("list_number", "workshop_position", "month")
    if op.get_context().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_contributions_unmoved"), "contributions", type_="check")
        for name in names:
            op.drop_column("contributions", name)
        return
    with op.batch_alter_table("contributions") as contributions:
        for name in names:
            contributions.drop_column(name)
        for name, table in _REFERRED.items():
            contributions.create_foreign_key(
                op.f(f"fk_contributions_{name}_{table}"), table, [name], ["position"]
            )
