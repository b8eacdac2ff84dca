"""Mobiles of other countries, and accounts of people who have an insurance number but no national code.

Going back leaves no such account behind: its holder comes to the counter again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016_serves_0002"
down_revision = "0015_serves_0002"
branch_labels = None
depends_on = None

# Table, column, whether it may be null.
MOBILES = (
    ("accounts", "mobile", False),
    ("closed_accounts", "mobile", False),
    ("mobile_reversals", "old_mobile", False),
    ("security_notices", "mobile", True),
    ("person_notices", "mobile", True),
    ("account_notices", "mobile", True),
)
FORMER, PRESENT = 11, 16


def upgrade() -> None:
    for table, column, is_nullable in MOBILES:
        _change_length(table, column, is_nullable, FORMER, PRESENT)
    for table in ("accounts", "closed_accounts"):
        with op.batch_alter_table(table) as changed:
            changed.alter_column("national_code", existing_type=sa.String(length=10), nullable=True)
            changed.add_column(sa.Column("insurance_number", sa.String(length=10), nullable=True))
            if table == "accounts":
                changed.create_unique_constraint(op.f("uq_accounts_insurance_number"), ["insurance_number"])
    op.add_column("code_requests", sa.Column("insurance_number", sa.String(length=10), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM code_requests WHERE insurance_number IS NOT NULL")
    with op.batch_alter_table("code_requests") as code_requests:
        code_requests.drop_column("insurance_number")
    for table in ("accounts", "closed_accounts"):
        op.execute(f"DELETE FROM {table} WHERE national_code IS NULL")  # noqa: S608 -- constants
        with op.batch_alter_table(table) as changed:
            if table == "accounts":
                changed.drop_constraint(op.f("uq_accounts_insurance_number"), type_="unique")
            changed.drop_column("insurance_number")
            changed.alter_column("national_code", existing_type=sa.String(length=10), nullable=False)
    for table, column, is_nullable in reversed(MOBILES):
        op.execute(f"DELETE FROM {table} WHERE length({column}) > {FORMER}")  # noqa: S608 -- constants
        _change_length(table, column, is_nullable, PRESENT, FORMER)


def _change_length(table: str, column: str, is_nullable: bool, before: int, after: int) -> None:
    """Change the length of a column. SQLite gets another column: a new table would lose its checks."""
    if op.get_context().dialect.name != "sqlite":
        op.alter_column(table, column, type_=sa.String(length=after), existing_type=sa.String(length=before))
    elif is_nullable:
        op.add_column(table, sa.Column("of_other_length", sa.String(length=after), nullable=True))
        op.execute(f"UPDATE {table} SET of_other_length = {column}")  # noqa: S608 -- constants
        op.drop_column(table, column)
        op.execute(f"ALTER TABLE {table} RENAME COLUMN of_other_length TO {column}")
    else:
        with op.batch_alter_table(table) as changed:
            changed.alter_column(
                column, type_=sa.String(length=after), existing_type=sa.String(length=before)
            )
