"""The role admin, managers of institutions, one-time passwords, and what the web administration did.

Code of the previous release does not know admins: they cannot sign in to it. Going back deletes them.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0014_serves_0002"
down_revision = "0013_serves_0002"
branch_labels = None
depends_on = None

_STAFF = ("officer", "clerk")
_SESSIONS = ("citizen", "officer", "institution")


def upgrade() -> None:
    op.create_table(
        "administrative_acts",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("actor_role", sa.String(length=16), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=100), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_administrative_acts")),
        sa.UniqueConstraint("id", name=op.f("uq_administrative_acts_id")),
    )
    with op.batch_alter_table("institutions") as institutions:
        for column in (
            sa.Column("contact", sa.String(length=200), nullable=True),
            sa.Column("verified_since", UtcDateTime(), nullable=True),
            sa.Column("purposes", sa.JSON(), nullable=True),
            sa.Column("return_urls", sa.JSON(), nullable=True),
            sa.Column("daily_quota", sa.Integer(), nullable=True),
            sa.Column("disabled_at", UtcDateTime(), nullable=True),
        ):
            institutions.add_column(column)
    _change_roles(
        "staff",
        (*_STAFF, "admin"),
        add=(
            sa.Column("is_manager", sa.Boolean(), server_default=sa.false(), nullable=False),
            sa.Column("password_expires_at", UtcDateTime(), nullable=True),
        ),
    )
    _change_roles("refresh_families", (*_SESSIONS, "admin"))


def downgrade() -> None:
    op.execute("DELETE FROM refresh_families WHERE role = 'admin'")
    op.execute("DELETE FROM second_factors WHERE staff_id IN (SELECT id FROM staff WHERE role = 'admin')")
    for table in ("passkeys", "recovery_codes", "factor_requests"):
        op.execute(
            f"DELETE FROM {table} WHERE owner_id IN (SELECT id FROM staff WHERE role = 'admin')"  # noqa: S608
        )
    op.execute("DELETE FROM staff WHERE role = 'admin'")
    _change_roles("refresh_families", _SESSIONS)
    _change_roles("staff", _STAFF, drop=("is_manager", "password_expires_at"))
    with op.batch_alter_table("institutions") as institutions:
        for name in ("contact", "verified_since", "purposes", "return_urls", "daily_quota", "disabled_at"):
            institutions.drop_column(name)
    op.drop_table("administrative_acts")


def _change_roles(
    table_name: str,
    roles: Sequence[str],
    *,
    add: Sequence[sa.Column[object]] = (),
    drop: Sequence[str] = (),
) -> None:
    """Replace the roles that a table may hold, and add or drop columns; SQLite does it with one copy."""
    condition = ", ".join(f"'{role}'" for role in roles)
    with op.batch_alter_table(table_name) as table:
        table.drop_constraint(op.f(f"ck_{table_name}_role"), type_="check")
        for column in add:
            table.add_column(column)
        for name in drop:
            table.drop_column(name)
        table.create_check_constraint(op.f(f"ck_{table_name}_role"), f"role IN ({condition})")
