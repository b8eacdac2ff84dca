"""Snapshots of ready letters move into the object store, where they are sealed.

Code from before reads snapshots from their rows only. So nothing moves for an hour, in which all processes
are expected to be replaced by the newer code.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op
from click import ClickException

from services.kit.db import UtcDateTime

revision = "0006_serves_0003"
down_revision = "0005_serves_0003"
branch_labels = None
depends_on = None

UPGRADE_TIME = timedelta(hours=1)


def upgrade() -> None:
    any_request = op.get_bind().scalar(sa.text("SELECT 1 FROM requests LIMIT 1"))
    seal_from = datetime.now(UTC) + (UPGRADE_TIME if any_request else timedelta())
    # A constant, so that neither database rewrites its rows, and rows of older code get it too.
    default = sa.text(f"'{seal_from:%Y-%m-%d %H:%M:%S.%f}{_offset()}'")
    op.add_column("requests", sa.Column("statement_key", sa.String(200), nullable=True))
    op.add_column("requests", sa.Column("seal_from", UtcDateTime(), server_default=default, nullable=False))


def _offset() -> str:
    return "+00" if op.get_context().dialect.name == "postgresql" else ""


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT 1 FROM requests WHERE statement_key IS NOT NULL LIMIT 1")):
        raise ClickException(
            "صورت سوابق برخی نامه‌ها مهر و موم شده است. نخست اجرا کنید:"
            " flask --app services.disclosure.app snapshots unseal\n"
            "The snapshots of some letters are sealed. First run:"
            " flask --app services.disclosure.app snapshots unseal"
        )
    op.drop_column("requests", "seal_from")
    op.drop_column("requests", "statement_key")
